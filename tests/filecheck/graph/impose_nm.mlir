// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4}' | filecheck %s
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 first=true pointwise=true products=all}' | filecheck %s --check-prefix=ALL
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 products=linear}' | filecheck %s --check-prefix=LINEAR
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 products=none}' | filecheck %s --check-prefix=NONE

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

// Of a transformer the feed-forward layers by default: matrix products of several rows with only
// functions of single elements between them. The others of several rows with `linear`.
// CHECK-LABEL: func.func @block
// CHECK:      qnn.matmul "qkv" {{.*}} tensor<4x4xi8>, tensor<4xi32>
// CHECK:      qnn.matmul "fc1" {{.*}} tensor<4x4xi8, #nm.sparsity<1:4, axis = 1>>
// CHECK:      qnn.matmul "fc2" {{.*}} tensor<4x4xi8, #nm.sparsity<1:4, axis = 1>>
// CHECK:      qnn.matmul "head" {{.*}} tensor<4x4xi8>, tensor<4xi32>
// LINEAR-LABEL: func.func @block
// LINEAR:     qnn.matmul "qkv" {{.*}} #nm.sparsity<1:4, axis = 1>>
// LINEAR:     qnn.matmul "fc1" {{.*}} #nm.sparsity<1:4, axis = 1>>
// LINEAR:     qnn.matmul "fc2" {{.*}} #nm.sparsity<1:4, axis = 1>>
// LINEAR:     qnn.matmul "head" {{.*}} tensor<4x4xi8>, tensor<4xi32>
// NONE-LABEL: func.func @block
// NONE-NOT:   nm.sparsity
func.func @block(%x: tensor<4x4xi8>) {
  %w = arith.constant dense<1> : tensor<4x4xi8>
  %b = arith.constant dense<0> : tensor<4xi32>
  %0 = qnn.matmul "qkv" %x, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<4x4xi8>, tensor<4x4xi8>, tensor<4xi32>) -> tensor<4x4xi8>
  %1 = qnn.transpose "heads" %0 {permutation = array<i64: 1, 0>} : tensor<4x4xi8> -> tensor<4x4xi8>
  %2 = qnn.matmul "fc1" %1, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<4x4xi8>, tensor<4x4xi8>, tensor<4xi32>) -> tensor<4x4xi8>
  %3 = qnn.requantize "relu" %2 requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {input_zero_point = 3 : i64} : tensor<4x4xi8> -> tensor<4x4xi8>
  %4 = qnn.matmul "fc2" %3, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<4x4xi8>, tensor<4x4xi8>, tensor<4xi32>) -> tensor<4x4xi8>
  %5 = qnn.slice "class" %4 {offsets = array<i64: 0, 0>, steps = array<i64: 1, 1>} : tensor<4x4xi8> -> tensor<1x4xi8>
  %6 = qnn.matmul "head" %5, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x4xi8>, tensor<4x4xi8>, tensor<4xi32>) -> tensor<1x4xi8>
  func.return
}
