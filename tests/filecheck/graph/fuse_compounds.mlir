// RUN: nmc-opt %s -p fuse-compounds --split-input-file | filecheck %s

// A layer normalisation as it was exported before it was an operator, with gain and bias.
// CHECK-LABEL: func.func @layer_norm
// CHECK-NEXT:    %[[G:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:    %[[B:.*]] = arith.constant dense<3.000000e+00> : tensor<2xf32>
// CHECK-NEXT:    %[[Y:.*]] = qnn.float "LayerNormalization" "offset"(%x, %[[G]], %[[B]]) {axis = 1 : i64, epsilon = 1.000000e-05 : f32} : (tensor<3x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %[[Y]]
func.func @layer_norm(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %two = arith.constant dense<2.0> : tensor<f32>
  %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
  %gain = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %bias = arith.constant dense<3.0> : tensor<1x1xf32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %c = qnn.float "Sub" "centred" (%x, %m) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %s = qnn.float "Pow" "square" (%c, %two) {} : (tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  %v = qnn.float "ReduceMean" "variance" (%s) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %e = qnn.float "Add" "safe" (%v, %epsilon) {} : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %d = qnn.float "Sqrt" "deviation" (%e) {} : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %n = qnn.float "Div" "normal" (%c, %d) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %g = qnn.float "Mul" "scaled" (%gain, %n) {} : (tensor<2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = qnn.float "Add" "offset" (%g, %bias) {} : (tensor<3x2xf32>, tensor<1x1xf32>) -> tensor<3x2xf32>
  func.return %y : tensor<3x2xf32>
}

// -----

// The square as a product of a difference written twice, the root's reciprocal, two axes, and a
// bias without a gain.
// CHECK-LABEL: func.func @other_ways
// CHECK-NEXT:    %[[G:.*]] = arith.constant dense<1.000000e+00> : tensor<2x3xf32>
// CHECK-NEXT:    %[[B:.*]] = arith.constant dense<{{.*}}> : tensor<2x3xf32>
// CHECK-NEXT:    qnn.float "LayerNormalization" "offset"(%x, %[[G]], %[[B]]) {axis = 1 : i64, epsilon = 1.000000e-05 : f32}
// CHECK-NEXT:    func.return
func.func @other_ways(%x: tensor<4x2x3xf32>) -> tensor<4x2x3xf32> {
  %epsilon = arith.constant dense<1.0e-5> : tensor<1xf32>
  %bias = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 1, 2>} : (tensor<4x2x3xf32>) -> tensor<4x1x1xf32>
  %c = qnn.float "Sub" "centred" (%x, %m) {} : (tensor<4x2x3xf32>, tensor<4x1x1xf32>) -> tensor<4x2x3xf32>
  %k = qnn.float "Sub" "again" (%x, %m) {} : (tensor<4x2x3xf32>, tensor<4x1x1xf32>) -> tensor<4x2x3xf32>
  %s = qnn.float "Mul" "square" (%c, %k) {} : (tensor<4x2x3xf32>, tensor<4x2x3xf32>) -> tensor<4x2x3xf32>
  %v = qnn.float "ReduceMean" "variance" (%s) {axes = array<i64: 1, 2>} : (tensor<4x2x3xf32>) -> tensor<4x1x1xf32>
  %e = qnn.float "Add" "safe" (%epsilon, %v) {} : (tensor<1xf32>, tensor<4x1x1xf32>) -> tensor<4x1x1xf32>
  %d = qnn.float "Sqrt" "deviation" (%e) {} : (tensor<4x1x1xf32>) -> tensor<4x1x1xf32>
  %r = qnn.float "Reciprocal" "over" (%d) {} : (tensor<4x1x1xf32>) -> tensor<4x1x1xf32>
  %n = qnn.float "Mul" "normal" (%r, %k) {} : (tensor<4x1x1xf32>, tensor<4x2x3xf32>) -> tensor<4x2x3xf32>
  %y = qnn.float "Add" "offset" (%n, %bias) {} : (tensor<4x2x3xf32>, tensor<2x3xf32>) -> tensor<4x2x3xf32>
  func.return %y : tensor<4x2x3xf32>
}

// -----

// A power of -0.5. Constants that differ between rows are no gain.
// CHECK-LABEL: func.func @not_a_gain
// CHECK:         %[[N:.*]] = qnn.float "LayerNormalization" "normal"(%x) {axis = 1 : i64, epsilon = 0.000000e+00 : f32}
// CHECK-NEXT:    qnn.float "Mul" "scaled"(%[[N]], %{{.*}})
func.func @not_a_gain(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %two = arith.constant dense<2.0> : tensor<f32>
  %half = arith.constant dense<-0.5> : tensor<f32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %gain = arith.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %c = qnn.float "Sub" "centred" (%x, %m) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %s = qnn.float "Pow" "square" (%c, %two) {} : (tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  %v = qnn.float "ReduceMean" "variance" (%s) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %e = qnn.float "Add" "safe" (%v, %zero) {} : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %d = qnn.float "Pow" "over" (%e, %half) {} : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %n = qnn.float "Mul" "normal" (%c, %d) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %g = qnn.float "Mul" "scaled" (%n, %gain) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  func.return %g : tensor<3x2xf32>
}

// -----

// Not one: the mean is not over the innermost axes, or the square is of something else.
// CHECK-LABEL: func.func @others
// CHECK-NOT:     LayerNormalization
func.func @others(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %two = arith.constant dense<2.0> : tensor<f32>
  %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
  %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 0>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %c = qnn.float "Sub" "centred" (%x, %m) {} : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %s = qnn.float "Pow" "square" (%c, %two) {} : (tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  %v = qnn.float "ReduceMean" "variance" (%s) {axes = array<i64: 0>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %e = qnn.float "Add" "safe" (%v, %epsilon) {} : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %d = qnn.float "Sqrt" "deviation" (%e) {} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %n = qnn.float "Div" "normal" (%c, %d) {} : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %m2 = qnn.float "ReduceMean" "mean2" (%x) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %c2 = qnn.float "Sub" "centred2" (%x, %m2) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %s2 = qnn.float "Pow" "square2" (%x, %two) {} : (tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  %v2 = qnn.float "ReduceMean" "variance2" (%s2) {axes = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %e2 = qnn.float "Add" "safe2" (%v2, %epsilon) {} : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %d2 = qnn.float "Sqrt" "deviation2" (%e2) {} : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %n2 = qnn.float "Div" "normal2" (%c2, %d2) {} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  func.return %n, %n2 : tensor<3x2xf32>, tensor<3x2xf32>
}
