// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4}' | filecheck %s
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 first=true pointwise=true matmul=true}' | filecheck %s --check-prefix=ALL

// Only the second 1x2 convolution is pruned by default: not the first layer, not 1x1, not the
// matrix product. Its bias was folded with zero-point 2: 10 - 2 * (1 - 5 + 3 + 5) = 2 becomes
// 10 - 2 * (-5 + 0) = 20 (of the equal magnitudes 5 the first stays).
// CHECK:      qnn.conv2d "first" {{.*}} tensor<4x1x2x4xi8>,
// CHECK-DAG:  %[[W:.*]] = nm.constant dense<{{\[\[\[\[}}0, -5, 0, 0], {{\[}}0, 0, 0, 0]]]]> : tensor<1x1x2x4xi8, #nm.sparsity<1:4, axis = 3>>
// CHECK-DAG:  %[[B:.*]] = arith.constant dense<20> : tensor<1xi32>
// CHECK:      qnn.conv2d "second" %{{.*}}, %[[W]], %[[B]] {{.*}}
// CHECK:      qnn.conv2d "pointwise" {{.*}} tensor<4x1x1x4xi8>,
// CHECK:      qnn.matmul "fc" {{.*}} tensor<1x4xi8>,

// ALL: qnn.conv2d "first" {{.*}} tensor<4x1x2x4xi8, #nm.sparsity<1:4, axis = 3>>
// ALL: qnn.conv2d "second" {{.*}} tensor<1x1x2x4xi8, #nm.sparsity<1:4, axis = 3>>
// ALL: qnn.conv2d "pointwise" {{.*}} tensor<4x1x1x4xi8, #nm.sparsity<1:4, axis = 3>>
// ALL: qnn.matmul "fc" {{.*}} tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>
func.func @main(%x: tensor<1x1x3x4xi8>, %a: tensor<1x4xi8>) {
  %b4 = arith.constant dense<0> : tensor<4xi32>
  %b1 = arith.constant dense<2> : tensor<1xi32>
  %w0 = arith.constant dense<1> : tensor<4x1x2x4xi8>
  %y0 = qnn.conv2d "first" %x, %w0, %b4 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x1x3x4xi8>, tensor<4x1x2x4xi8>, tensor<4xi32>) -> tensor<1x1x2x4xi8>
  %w1 = arith.constant dense<[[[[1, -5, 3, 5], [0, 0, 0, 0]]]]> : tensor<1x1x2x4xi8>
  %y1 = qnn.conv2d "second" %y0, %w1, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {input_zero_point = 2 : i64} : (tensor<1x1x2x4xi8>, tensor<1x1x2x4xi8>, tensor<1xi32>) -> tensor<1x1x1x1xi8>
  %w2 = arith.constant dense<1> : tensor<4x1x1x4xi8>
  %y2 = qnn.conv2d "pointwise" %y0, %w2, %b4 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x1x2x4xi8>, tensor<4x1x1x4xi8>, tensor<4xi32>) -> tensor<1x1x2x4xi8>
  %w3 = arith.constant dense<1> : tensor<1x4xi8>
  %y3 = qnn.matmul "fc" %a, %w3, %b1 requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  func.return
}
