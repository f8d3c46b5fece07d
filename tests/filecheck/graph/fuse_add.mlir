// RUN: nmc-opt %s -p fuse-add | filecheck %s

// A convolution on the left, then a product on the right, whose constants change places.
// CHECK-LABEL: func.func @both
// CHECK-NOT:     = qnn.add
// CHECK:         %y = qnn.conv2d "conv" %x, %w, %b plus %x requant <{{.*}}> {fused = "add: {{[0-9]+}} cycles in one, {{[0-9]+}} + {{[0-9]+}} apart", pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, -7], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>}
// CHECK-NOT:     = qnn.add
// CHECK:         %t = qnn.matmul "fc" %r, %v, %c plus %r requant <{{.*}}> {fused = "sum: {{.*}}", addition = #qnn.addition<own = i8, zero_points = [9, 3], multipliers = [600000, 500000], shift = 20, zero_point = 5, lo = -128, hi = 127>}
// CHECK-NEXT:    func.return %t
func.func @both(%x: tensor<1x8x8x16xi8>) -> tensor<64x16xi8> {
  %w = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %b = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  %r = qnn.reshape "rows" %y : tensor<1x8x8x16xi8> -> tensor<64x16xi8>
  %v = arith.constant dense<2> : tensor<16x16xi8>
  %c = arith.constant dense<5> : tensor<16xi32>
  %p = qnn.matmul "fc" %r, %v, %c requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<64x16xi8>, tensor<16x16xi8>, tensor<16xi32>) -> tensor<64x16xi8>
  %t = qnn.add "sum" %r, %p {lhs_zero_point = 3 : i64, rhs_zero_point = 9 : i64, lhs_multiplier = 500000 : i64, rhs_multiplier = 600000 : i64, shift = 20 : i64, zero_point = 5 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<64x16xi8>, tensor<64x16xi8>) -> tensor<64x16xi8>
  func.return %t : tensor<64x16xi8>
}
