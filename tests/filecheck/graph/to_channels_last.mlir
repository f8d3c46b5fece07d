// RUN: nmc-opt %s -p to-channels-last --split-input-file | filecheck %s

// Two convolutions, a residual add, a pool, a flatten and a matrix product: one transpose is left,
// that of the input; the flatten is in the order of the weights.
// CHECK-LABEL: func.func @network
// CHECK-SAME:    (%x: tensor<1x2x4x4xi8>) -> tensor<1x1xi8>
// CHECK:         %[[X:.*]] = qnn.transpose "c1.channels_last" %x {permutation = array<i64: 0, 2, 3, 1>}
// CHECK-NEXT:    %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}1, 2]]], {{\[\[\[}}3, 4]]]]> : tensor<2x1x1x2xi8>
// CHECK-NEXT:    %[[C:.*]] = qnn.conv2d "c1" %[[X]], %[[W]], %{{.*}} : (tensor<1x4x4x2xi8>, tensor<2x1x1x2xi8>, tensor<2xi32>) -> tensor<1x4x4x2xi8>
// CHECK-NEXT:    %[[A:.*]] = qnn.add "add" %[[C]], %[[X]] {{.*}} -> tensor<1x4x4x2xi8>
// CHECK-NEXT:    %[[P:.*]] = qnn.max_pool2d "pool" %[[A]] {{.*}} : tensor<1x4x4x2xi8> -> tensor<1x2x2x2xi8>
// CHECK:         dense<{{\[\[}}1, 5, 2, 6, 3, 7, 4, 8]]>
// CHECK-NOT:     qnn.transpose
// CHECK:         %[[F:.*]] = qnn.reshape "flat" %[[P]] : tensor<1x2x2x2xi8> -> tensor<1x8xi8>
// CHECK-NEXT:    qnn.matmul "fc" %[[F]]
func.func @network(%x: tensor<1x2x4x4xi8>) -> tensor<1x1xi8> {
  %w = arith.constant dense<[[[[1]], [[2]]], [[[3]], [[4]]]]> : tensor<2x2x1x1xi8>
  %b = arith.constant dense<0> : tensor<2xi32>
  %y = qnn.conv2d "c1" %x, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 0, 0, 0, 0>, layout = "nchw"} : (tensor<1x2x4x4xi8>, tensor<2x2x1x1xi8>, tensor<2xi32>) -> tensor<1x2x4x4xi8>
  %a = qnn.add "add" %y, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x2x4x4xi8>, tensor<1x2x4x4xi8>) -> tensor<1x2x4x4xi8>
  %p = qnn.max_pool2d "pool" %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, layout = "nchw"} : tensor<1x2x4x4xi8> -> tensor<1x2x2x2xi8>
  %f = qnn.reshape "flat" %p : tensor<1x2x2x2xi8> -> tensor<1x8xi8>
  %v = arith.constant dense<[[1, 2, 3, 4, 5, 6, 7, 8]]> : tensor<1x8xi8>
  %c = arith.constant dense<0> : tensor<1xi32>
  %z = qnn.matmul "fc" %f, %v, %c requant <multiplier = [1], shift = 8, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x8xi8>, tensor<1x8xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  func.return %z : tensor<1x1xi8>
}

// -----

// The output keeps the model's layout; an encoding's axis moves with the weights.
// CHECK-LABEL: func.func @encoded
// CHECK:         nm.constant dense<0> : tensor<1x1x1x8xi8, #nm.sparsity<1:8, axis = 3, index = delta, width = 8>>
// CHECK:         %[[Y:.*]] = qnn.conv2d "c" {{.*}} -> tensor<1x2x3x1xi8>
// CHECK:         qnn.reshape "c.channels_first" %[[Y]] : tensor<1x2x3x1xi8> -> tensor<1x1x2x3xi8>
func.func @encoded(%x: tensor<1x8x2x3xi8>, %b: tensor<1xi32>) -> tensor<1x1x2x3xi8> {
  %w = nm.constant dense<0> : tensor<1x8x1x1xi8, #nm.sparsity<1:8, axis = 1, index = delta, width = 8>>
  %y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {layout = "nchw"} : (tensor<1x8x2x3xi8>, tensor<1x8x1x1xi8, #nm.sparsity<1:8, axis = 1, index = delta, width = 8>>, tensor<1xi32>) -> tensor<1x1x2x3xi8>
  func.return %y : tensor<1x1x2x3xi8>
}

// -----

// What is channels-last already stays; a global average leaves only reshapes.
// CHECK-LABEL: func.func @global
// CHECK:         %[[X:.*]] = qnn.transpose "gap.channels_last" %x
// CHECK-NEXT:    %[[Y:.*]] = qnn.avg_pool2d "gap" %[[X]] {{.*}} -> tensor<1x1x1x3xi8>
// CHECK-NEXT:    %[[Z:.*]] = qnn.reshape "flat" %[[Y]] : tensor<1x1x1x3xi8> -> tensor<1x3xi8>
// CHECK-NEXT:    %[[M:.*]] = qnn.max_pool2d "last" %y
// CHECK-NEXT:    func.return %[[Z]], %[[M]]
func.func @global(%x: tensor<1x3x2x2xi8>, %y: tensor<1x2x2x3xi8>) -> (tensor<1x3xi8>, tensor<1x1x1x3xi8>) {
  %g = qnn.avg_pool2d "gap" %x requant <multiplier = [262144], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 2, 2>, layout = "nchw"} : tensor<1x3x2x2xi8> -> tensor<1x3x1x1xi8>
  %f = qnn.reshape "flat" %g : tensor<1x3x1x1xi8> -> tensor<1x3xi8>
  %m = qnn.max_pool2d "last" %y {kernel = array<i64: 2, 2>} : tensor<1x2x2x3xi8> -> tensor<1x1x1x3xi8>
  func.return %f, %m : tensor<1x3xi8>, tensor<1x1x1x3xi8>
}
