// RUN: nmc-opt %s -p fold-qdq --split-input-file --verify-diagnostics | filecheck %s

// CHECK: sm: Softmax is not supported in integers; supported are Add, AveragePool,
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = qnn.float "Softmax" "sm" (%x) {} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  func.return %y : tensor<1x4xf32>
}

// -----

// A network in floating point.
// CHECK: conv: Conv cannot be done in integers: its input is not quantised
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xi8> {
  %y = qnn.float "Conv" "conv" (%x, %w) {} : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %q = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x1x4x4xf32> -> tensor<1x1x4x4xi8>
  func.return %q : tensor<1x1x4x4xi8>
}

// -----

// CHECK: conv: Conv cannot be done in integers: its weights are floating point; quantise them to int8
func.func @main(%q: tensor<1x1x4x4xi8>) -> tensor<1x1x4x4xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x1x4x4xi8> -> tensor<1x1x4x4xf32>
  %w = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %y = qnn.float "Conv" "conv" (%x, %w) {} : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x1x4x4xf32> -> tensor<1x1x4x4xi8>
  func.return %r : tensor<1x1x4x4xi8>
}

// -----

// CHECK: conv: Conv cannot be done in integers: 2 groups of 4 channels: only 1 or depthwise are done
func.func @main(%q: tensor<1x4x4x4xi8>) -> tensor<1x4x4x4xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4x4x4xi8> -> tensor<1x4x4x4xf32>
  %w = arith.constant dense<1> : tensor<4x2x1x1xi8>
  %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<4x2x1x1xi8> -> tensor<4x2x1x1xf32>
  %y = qnn.float "Conv" "conv" (%x, %wr) {group = 2 : i64} : (tensor<1x4x4x4xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x4x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4x4x4xf32> -> tensor<1x4x4x4xi8>
  func.return %r : tensor<1x4x4x4xi8>
}

// -----

// The result of the matrix product is used without a quantisation.
// CHECK: mm: MatMul has a result that is not quantised, and add reads it; quantise it
func.func @main(%q: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %w = arith.constant dense<1> : tensor<2x2xi8>
  %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x2xi8> -> tensor<2x2xf32>
  %y = qnn.float "MatMul" "mm" (%x, %wr) {} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = qnn.float "Add" "add" (%x, %y) {} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = qnn.quantize "q" %z {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x2xf32> -> tensor<1x2xi8>
  func.return %r : tensor<1x2xi8>
}

// -----

// CHECK: mm: MatMul cannot be done in integers: its weights are not constant; only products with constants are done
func.func @main(%q: tensor<2x2xi8>) -> tensor<2x2xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x2xi8> -> tensor<2x2xf32>
  %y = qnn.float "MatMul" "mm" (%x, %x) {} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2x2xf32> -> tensor<2x2xi8>
  func.return %r : tensor<2x2xi8>
}

// -----

// CHECK: add: Add cannot be done in integers: its operands have shapes [1, 4] and [1, 1]; only equal shapes are added
func.func @main(%q: tensor<1x4xi8>, %s: tensor<1x1xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %z = qnn.dequantize "z.dq" %s {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x1xi8> -> tensor<1x1xf32>
  %y = qnn.float "Add" "add" (%x, %z) {} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: fc: Gemm cannot be done in integers: its accumulator can reach 2^31
func.func @main(%q: tensor<1x2xi8>) -> tensor<1x1xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %w = arith.constant dense<1> : tensor<1x2xi8>
  %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %b = arith.constant dense<2147483647> : tensor<1xi32>
  %br = qnn.dequantize "b.dq" %b {scale = array<f32: 0.25>, zero_point = array<i64: 0>} : tensor<1xi32> -> tensor<1xf32>
  %y = qnn.float "Gemm" "fc" (%x, %wr, %br) {transB = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x1xf32> -> tensor<1x1xi8>
  func.return %r : tensor<1x1xi8>
}

// -----

// CHECK: pad: Pad cannot be done in integers: padding mode reflect is not done; only constant is
func.func @main(%q: tensor<1x4xi8>) -> tensor<1x6xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %y = qnn.float "Pad" "pad" (%x) {pads = array<i64: 0, 1, 0, 1>, mode = "reflect"} : (tensor<1x4xf32>) -> tensor<1x6xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x6xf32> -> tensor<1x6xi8>
  func.return %r : tensor<1x6xi8>
}

// -----

// CHECK: relu: Relu reads a tensor of shape [1, 4] that is not quantised with one scale; quantise it
func.func @main(%q: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = qnn.float "Relu" "relu" (%q) {} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  func.return %y : tensor<1x4xf32>
}

// -----

// The output is left in floating point.
// CHECK: pool: AveragePool has a result that is not quantised, and it is an output; quantise it
func.func @main(%q: tensor<1x1x2x2xi8>) -> tensor<1x1x1x1xf32> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x1x2x2xi8> -> tensor<1x1x2x2xf32>
  %y = qnn.float "AveragePool" "pool" (%x) {kernel_shape = array<i64: 2, 2>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
  func.return %y : tensor<1x1x1x1xf32>
}
