// RUN: nmc-opt %s -p detect-nm | filecheck %s

// The sparsest pattern wins, the last block may be ragged; weights without a pattern, depthwise
// ones and ones shorter than a block stay.
// CHECK-DAG: nm.constant dense<{{.*}}> : tensor<2x1x1x8xi8, #nm.sparsity<1:8, axis = 3>>
// CHECK-DAG: nm.constant dense<{{.*}}> : tensor<1x10xi8, #nm.sparsity<1:4, axis = 1>>
// CHECK-DAG: nm.constant dense<{{.*}}> : tensor<1x8xi8, #nm.sparsity<2:4, axis = 1>>
// CHECK-DAG: arith.constant dense<{{.*}}> : tensor<1x6xi8>
// CHECK-DAG: arith.constant dense<{{.*}}> : tensor<8x1x1x1xi8>
// CHECK-DAG: arith.constant dense<{{.*}}> : tensor<1x3xi8>
// CHECK-DAG: nm.constant dense<{{.*}}> : tensor<1x4x1x1xi8, #nm.sparsity<1:4, axis = 1>>
func.func @main(%x: tensor<1x1x1x8xi8>, %i: tensor<1x4x1x1xi8>, %a: tensor<1x10xi8>, %b: tensor<1x8xi8>, %c: tensor<1x6xi8>, %d: tensor<1x3xi8>, %b1: tensor<1xi32>, %b2: tensor<2xi32>, %b8: tensor<8xi32>) {
  %w0 = arith.constant dense<[[[[0, 0, 0, 5, 0, 0, 0, 0]]], [[[0, 0, 0, 0, 0, 0, 0, 9]]]]> : tensor<2x1x1x8xi8>
  %y0 = qnn.conv2d "1:8" %x, %w0, %b2 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x1x1x8xi8>, tensor<2x1x1x8xi8>, tensor<2xi32>) -> tensor<1x1x1x2xi8>
  %w1 = arith.constant dense<[[0, 0, 0, 5, 1, 0, 0, 0, 0, 9]]> : tensor<1x10xi8>
  %y1 = qnn.matmul "1:4" %a, %w1, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x10xi8>, tensor<1x10xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  %w2 = arith.constant dense<[[1, 0, 0, 5, 1, 0, 1, 0]]> : tensor<1x8xi8>
  %y2 = qnn.matmul "2:4" %b, %w2, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x8xi8>, tensor<1x8xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  %w3 = arith.constant dense<[[1, 2, 0, 5, 0, 0]]> : tensor<1x6xi8>
  %y3 = qnn.matmul "dense" %c, %w3, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x6xi8>, tensor<1x6xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  %w4 = arith.constant dense<1> : tensor<8x1x1x1xi8>
  %y4 = qnn.conv2d "depthwise" %x, %w4, %b8 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {groups = 8 : i64} : (tensor<1x1x1x8xi8>, tensor<8x1x1x1xi8>, tensor<8xi32>) -> tensor<1x1x1x8xi8>
  %w5 = arith.constant dense<[[1, 0, 0]]> : tensor<1x3xi8>
  %y5 = qnn.matmul "short" %d, %w5, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x3xi8>, tensor<1x3xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  %w6 = arith.constant dense<[[[[0]], [[0]], [[2]], [[0]]]]> : tensor<1x4x1x1xi8>
  %y6 = qnn.conv2d "channels first" %i, %w6, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {layout = "nchw"} : (tensor<1x4x1x1xi8>, tensor<1x4x1x1xi8>, tensor<1xi32>) -> tensor<1x1x1x1xi8>
  func.return
}
