// RUN: nmc-opt %s -p fold-qdq --split-input-file | filecheck %s

// A scalar product between a matrix product and its quantise joins the multiplier; one behind a
// quantise is a change of scale, here none at all; a softmax takes what it reads.
// CHECK-LABEL: func.func @scores
// CHECK-NEXT:    %[[S:.*]] = qnn.batch_matmul "mm" %q, %k requant <multiplier = [{{[0-9]+}}], shift = {{[0-9]+}}, zero_point = 5, {{.*}}> {lhs_zero_point = 1 : i64, rhs_zero_point = -2 : i64} : (tensor<2x3x4xi8>, tensor<2x4x5xi8>) -> tensor<2x3x5xi8>
// CHECK-NEXT:    %[[P:.*]] = qnn.softmax "sm" %[[S]] exponentials dense<"0x00008000AC162F00{{.*}}> : tensor<256xi32> {numerator = 21390{{[0-9]+}} : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64}
// CHECK-NEXT:    func.return %[[P]]
func.func @scores(%q: tensor<2x3x4xi8>, %k: tensor<2x4x5xi8>) -> tensor<2x3x5xi8> {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<2x3x4xi8> -> tensor<2x3x4xf32>
  %y = qnn.dequantize "k.dq" %k {scale = array<f32: 0.25>, zero_point = array<i64: -2>} : tensor<2x4x5xi8> -> tensor<2x4x5xf32>
  %m = qnn.float "MatMul" "mm" (%x, %y) {} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %c = arith.constant dense<8.0> : tensor<f32>
  %d = qnn.float "Div" "div" (%m, %c) {} : (tensor<2x3x5xf32>, tensor<f32>) -> tensor<2x3x5xf32>
  %s = qnn.quantize "s.q" %d {scale = array<f32: 0.125>, zero_point = array<i64: 5>} : tensor<2x3x5xf32> -> tensor<2x3x5xi8>
  %r = qnn.dequantize "s.dq" %s {scale = array<f32: 0.125>, zero_point = array<i64: 5>} : tensor<2x3x5xi8> -> tensor<2x3x5xf32>
  %e = qnn.float "Mul" "mul" (%r, %c) {} : (tensor<2x3x5xf32>, tensor<f32>) -> tensor<2x3x5xf32>
  %t = qnn.quantize "t.q" %e {scale = array<f32: 1.0>, zero_point = array<i64: 5>} : tensor<2x3x5xf32> -> tensor<2x3x5xi8>
  %u = qnn.dequantize "t.dq" %t {scale = array<f32: 1.0>, zero_point = array<i64: 5>} : tensor<2x3x5xi8> -> tensor<2x3x5xf32>
  %p = qnn.float "Softmax" "sm" (%u) {axis = 2 : i64} : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %z = qnn.quantize "p.q" %p {scale = array<f32: 0.003921569>, zero_point = array<i64: -128>} : tensor<2x3x5xf32> -> tensor<2x3x5xi8>
  func.return %z : tensor<2x3x5xi8>
}

// -----

// Another axis is moved last, and back.
// CHECK-LABEL: func.func @columns
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "sm.last" %q {permutation = array<i64: 1, 2, 0>} : tensor<2x3x4xi8> -> tensor<3x4x2xi8>
// CHECK-NEXT:    %[[S:.*]] = qnn.softmax "sm" %[[T]]
// CHECK-NEXT:    qnn.transpose "sm.back" %[[S]] {permutation = array<i64: 2, 0, 1>} : tensor<3x4x2xui8> -> tensor<2x3x4xui8>
func.func @columns(%q: tensor<2x3x4xi8>) -> tensor<2x3x4xui8> {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<2x3x4xi8> -> tensor<2x3x4xf32>
  %p = qnn.float "Softmax" "sm" (%x) {axis = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %z = qnn.quantize "p.q" %p {scale = array<f32: 0.00390625>, zero_point = array<i64: 0>} : tensor<2x3x4xf32> -> tensor<2x3x4xui8>
  func.return %z : tensor<2x3x4xui8>
}

// -----

// Rows of several axes are flattened; gains and biases are constants of the integers.
// CHECK-LABEL: func.func @norms
// CHECK:         %[[R:.*]] = qnn.reshape "ln.rows" %q : tensor<2x3x4xi8> -> tensor<2x12xi8>
// CHECK-NEXT:    %[[N:.*]] = qnn.layer_norm "ln" %[[R]], %{{.*}}, %{{.*}} {row_bits = 27 : i64, value_bits = {{[0-9]+}} : i64, epsilon = 377 : i64, epsilon_bits = 16 : i64, shift = {{[0-9]+}} : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<2x12xi8>, tensor<12xi32>, tensor<12xi32>) -> tensor<2x12xi8>
// CHECK-NEXT:    qnn.reshape "ln.shape" %[[N]] : tensor<2x12xi8> -> tensor<2x3x4xi8>
// CHECK:         qnn.layer_norm "plain" %q, {{.*}} : (tensor<2x3x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<2x3x4xi8>
func.func @norms(%q: tensor<2x3x4xi8>) -> (tensor<2x3x4xi8>, tensor<2x3x4xi8>) {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<2x3x4xi8> -> tensor<2x3x4xf32>
  %g = arith.constant dense<1.5> : tensor<3x4xf32>
  %n = qnn.float "LayerNormalization" "ln" (%x, %g, %g) {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %r = qnn.float "Relu" "relu" (%n) {} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %z = qnn.quantize "n.q" %r {scale = array<f32: 0.05>, zero_point = array<i64: 0>} : tensor<2x3x4xf32> -> tensor<2x3x4xi8>
  %m = qnn.float "LayerNormalization" "plain" (%x) {axis = 2 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %y = qnn.quantize "m.q" %m {scale = array<f32: 0.05>, zero_point = array<i64: 0>} : tensor<2x3x4xf32> -> tensor<2x3x4xi8>
  func.return %z, %y : tensor<2x3x4xi8>, tensor<2x3x4xi8>
}

// -----

// Elementwise operators of one tensor are one table, with and without pairs inside; so is the
// sum of a tensor with itself. Pairs inside leave nothing behind.
// CHECK-LABEL: func.func @tables
// CHECK-NEXT:    %[[A:.*]] = qnn.lookup "half" %q table dense<"0x00010203{{.*}}"> : tensor<256xi8> : tensor<4xi8> -> tensor<4xi8>
// CHECK-NEXT:    %[[B:.*]] = qnn.lookup "gated" %q table
// CHECK-NEXT:    %[[C:.*]] = qnn.lookup "twice" %q table dense<"0x000204
// CHECK-NEXT:    func.return %[[A]], %[[B]], %[[C]]
func.func @tables(%q: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xui8>, tensor<4xi8>) {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<4xi8> -> tensor<4xf32>
  %root = arith.constant dense<1.4142135> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %two = arith.constant dense<0.5> : tensor<f32>
  %d = qnn.float "Div" "div" (%x, %root) {} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %e = qnn.float "Erf" "erf" (%d) {} : (tensor<4xf32>) -> tensor<4xf32>
  %f = qnn.float "Add" "add" (%e, %one) {} : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  %m = qnn.float "Mul" "mul" (%x, %f) {} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %h = qnn.float "Mul" "half" (%m, %two) {} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %a = qnn.quantize "h.q" %h {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<4xf32> -> tensor<4xi8>
  %s = qnn.float "Sigmoid" "gate" (%x) {} : (tensor<4xf32>) -> tensor<4xf32>
  %t = qnn.quantize "s.q" %s {scale = array<f32: 0.0078125>, zero_point = array<i64: 0>} : tensor<4xf32> -> tensor<4xi8>
  %u = qnn.dequantize "s.dq" %t {scale = array<f32: 0.0078125>, zero_point = array<i64: 0>} : tensor<4xi8> -> tensor<4xf32>
  %g = qnn.float "Mul" "gated" (%x, %u) {} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = qnn.quantize "g.q" %g {scale = array<f32: 0.5>, zero_point = array<i64: 3>} : tensor<4xf32> -> tensor<4xui8>
  %w = qnn.float "Add" "twice" (%x, %x) {} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %c = qnn.quantize "w.q" %w {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<4xf32> -> tensor<4xi8>
  func.return %a, %b, %c : tensor<4xi8>, tensor<4xui8>, tensor<4xi8>
}

// -----

// Parts move before the quantise, and equal quantises of one value are one.
// CHECK-LABEL: func.func @parts
// CHECK:         %[[M:.*]] = qnn.matmul "fc" %q
// CHECK-NEXT:    qnn.slice "left" %[[M]] {offsets = array<i64: 0, 0>, steps = array<i64: 1, 1>} : tensor<1x6xi8> -> tensor<1x3xi8>
// CHECK-NEXT:    qnn.slice "right" %[[M]] {offsets = array<i64: 0, 1>, steps = array<i64: 1, 2>} : tensor<1x6xi8> -> tensor<1x3xi8>
func.func @parts(%q: tensor<1x2xi8>) -> (tensor<1x3xi8>, tensor<1x3xi8>) {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %v = arith.constant dense<[[1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7, 8]]> : tensor<2x6xi8>
  %w = qnn.dequantize "w.dq" %v {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x6xi8> -> tensor<2x6xf32>
  %m = qnn.float "MatMul" "fc" (%x, %w) {} : (tensor<1x2xf32>, tensor<2x6xf32>) -> tensor<1x6xf32>
  %a = qnn.float "Slice" "left" (%m) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>} : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %b = qnn.float "Slice" "right" (%m) {starts = array<i64: 0, 1>, steps = array<i64: 1, 2>} : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %y = qnn.quantize "a.q" %a {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x3xf32> -> tensor<1x3xi8>
  %z = qnn.quantize "b.q" %b {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x3xf32> -> tensor<1x3xi8>
  func.return %y, %z : tensor<1x3xi8>, tensor<1x3xi8>
}

// -----

// A mean along axes is an average pool of one window; a quantised constant is joined as integers.
// CHECK-LABEL: func.func @means
// CHECK:         %[[C:.*]] = arith.constant dense<[[10, 20, 30]]> : tensor<1x3xi8>
// CHECK:         qnn.avg_pool2d "mean" {{.*}} {input_zero_point = 1 : i64, kernel = array<i64: 4, 1>} : tensor<1x4x1x3xi8> -> tensor<1x1x1x3xi8>
// CHECK:         qnn.concat "cat" %[[C]], %{{.*}} {axis = 0 : i64
func.func @means(%q: tensor<1x4x3xi8>) -> tensor<2x3xi8> {
  %x = qnn.dequantize "q.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x4x3xi8> -> tensor<1x4x3xf32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 1>} : (tensor<1x4x3xf32>) -> tensor<1x3xf32>
  %k = arith.constant dense<[[1, 2, 3]]> : tensor<1x3xi8>
  %c = qnn.dequantize "k.dq" %k {scale = array<f32: 5.0>, zero_point = array<i64: 0>} : tensor<1x3xi8> -> tensor<1x3xf32>
  %j = qnn.float "Concat" "cat" (%c, %m) {axis = 0 : i64} : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  %z = qnn.quantize "j.q" %j {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x3xf32> -> tensor<2x3xi8>
  func.return %z : tensor<2x3xi8>
}

// -----

// A mask of keys is repeated for every query and every head, then added.
// CHECK-LABEL: func.func @mask
// CHECK-NEXT:    %[[M:.*]] = qnn.reshape "add.right.axes" %m : tensor<1x8xi8> -> tensor<1x1x8xi8>
// CHECK-NEXT:    %[[R:.*]] = qnn.concat "add.right.repeat1" %[[M]], %[[M]], %[[M]] {axis = 1 : i64, {{.*}}} : {{.*}} -> tensor<1x3x8xi8>
// CHECK-NEXT:    %[[H:.*]] = qnn.concat "add.right.repeat0" %[[R]], %[[R]] {axis = 0 : i64, {{.*}}} : {{.*}} -> tensor<2x3x8xi8>
// CHECK-NEXT:    qnn.add "add" %q, %[[H]]
func.func @mask(%q: tensor<2x3x8xi8>, %m: tensor<1x8xi8>) -> tensor<2x3x8xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<2x3x8xi8> -> tensor<2x3x8xf32>
  %z = qnn.dequantize "z.dq" %m {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x8xi8> -> tensor<1x8xf32>
  %y = qnn.float "Add" "add" (%x, %z) {} : (tensor<2x3x8xf32>, tensor<1x8xf32>) -> tensor<2x3x8xf32>
  %r = qnn.quantize "q" %y {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2x3x8xf32> -> tensor<2x3x8xi8>
  func.return %r : tensor<2x3x8xi8>
}
