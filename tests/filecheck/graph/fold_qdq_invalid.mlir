// RUN: nmc-opt %s -p fold-qdq --split-input-file --verify-diagnostics | filecheck %s

// CHECK: sum: CumSum is not supported in integers; supported are Abs, Add, AveragePool,
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = qnn.float "CumSum" "sum" (%x) {} : (tensor<1x4xf32>) -> tensor<1x4xf32>
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

// CHECK: mm: MatMul cannot be done in integers: its operands have shapes [2, 2, 3] and [3, 2]; only matrices with equal axes in front are multiplied
func.func @main(%p: tensor<2x2x3xi8>, %s: tensor<3x2xi8>) -> tensor<2x2x2xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x2x3xi8> -> tensor<2x2x3xf32>
  %z = qnn.dequantize "z.dq" %s {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<3x2xi8> -> tensor<3x2xf32>
  %y = qnn.float "MatMul" "mm" (%x, %z) {} : (tensor<2x2x3xf32>, tensor<3x2xf32>) -> tensor<2x2x2xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2x2x2xf32> -> tensor<2x2x2xi8>
  func.return %r : tensor<2x2x2xi8>
}

// -----

// CHECK: e: Einsum is not supported in integers
func.func @main(%p: tensor<2x2xi8>) -> tensor<2x2xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x2xi8> -> tensor<2x2xf32>
  %e = qnn.float "Einsum" "e" (%x) {} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = qnn.float "MatMul" "mm" (%x, %e) {} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2x2xf32> -> tensor<2x2xi8>
  func.return %r : tensor<2x2xi8>
}

// -----

// CHECK: sm: Softmax cannot be done in integers: its output scale 1e-05 is below 1/32768, too fine for its elements
func.func @main(%p: tensor<1x4xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %y = qnn.float "Softmax" "sm" (%x) {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0e-5>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: sm: Softmax cannot be done in integers: its rows have 5000 elements, more than 4096
func.func @main(%p: tensor<1x5000xi8>) -> tensor<1x5000xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x5000xi8> -> tensor<1x5000xf32>
  %y = qnn.float "Softmax" "sm" (%x) {axis = 1 : i64} : (tensor<1x5000xf32>) -> tensor<1x5000xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x5000xf32> -> tensor<1x5000xi8>
  func.return %r : tensor<1x5000xi8>
}

// -----

// CHECK: sm: Softmax cannot be done in integers: its input is not quantised
func.func @main(%p: tensor<1x4xf32>) -> tensor<1x4xi8> {
  %y = qnn.float "Softmax" "sm" (%p) {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: ln: LayerNormalization cannot be done in integers: its gain is not constant
func.func @main(%p: tensor<1x4xi8>, %g: tensor<4xf32>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %y = qnn.float "LayerNormalization" "ln" (%x, %g) {axis = 1 : i64} : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: ln: LayerNormalization cannot be done in integers: its gains reach 1e+06 steps of its output scale, too much for 32-bit sums
func.func @main(%p: tensor<1x4xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %y = qnn.float "LayerNormalization" "ln" (%x) {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0e-6>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: mul: Mul cannot be done in integers: it combines several tensors; only what depends on one tensor element by element, and sums of two, are done
func.func @main(%p: tensor<1x4xi8>, %s: tensor<1x4xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %z = qnn.dequantize "z.dq" %s {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %y = qnn.float "Mul" "mul" (%x, %z) {} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: sub: Sub cannot be done in integers: it repeats a tensor of shape [1, 1]; only numbers are repeated
func.func @main(%p: tensor<1x4xi8>, %s: tensor<1x1xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %z = qnn.dequantize "z.dq" %s {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x1xi8> -> tensor<1x1xf32>
  %y = qnn.float "Sub" "sub" (%x, %z) {} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: mul: Mul cannot be done in integers: one of its inputs is a constant that is not one number
func.func @main(%p: tensor<2xi8>) -> tensor<2xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2xi8> -> tensor<2xf32>
  %z = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = qnn.float "Mul" "mul" (%x, %z) {} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2xf32> -> tensor<2xi8>
  func.return %r : tensor<2xi8>
}

// -----

// CHECK: g: Gelu cannot be done in integers: its input is not quantised
func.func @main(%p: tensor<1x4xf32>) -> tensor<1x4xi8> {
  %y = qnn.float "Gelu" "g" (%p) {} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: mean: ReduceMean is part of a layer normalisation with quantised parts inside; fuse it to one LayerNormalization
func.func @main(%p: tensor<1x4xi8>) -> tensor<1x4xi8> {
  %x = qnn.dequantize "x.dq" %p {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x4xi8> -> tensor<1x4xf32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 1>} : (tensor<1x4xf32>) -> tensor<1x1xf32>
  %y = qnn.float "Sub" "sub" (%x, %m) {} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return %r : tensor<1x4xi8>
}

// -----

// CHECK: add: Add cannot be done in integers: it repeats a tensor of shape [1, 1] along axis 1 of [1, 4]; only 8 elements or more in a row, and constants, are repeated
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
