// RUN: nmc-opt %s -p nm-decode | filecheck %s

// CHECK-NOT:  #nm.sparsity
// CHECK:      %[[W:.*]] = arith.constant dense<{{\[\[}}1, 0, 0, 0, 0, 0, 0, 0]]> : tensor<1x8xi8>
// CHECK:      qnn.matmul "fc" %a, %[[W]], %b {{.*}} : (tensor<1x8xi8>, tensor<1x8xi8>, tensor<1xi32>)
// CHECK-NEXT: func.return
func.func @main(%a: tensor<1x8xi8>, %b: tensor<1xi32>) -> tensor<1x1xi8> {
  %w = nm.constant dense<[[1, 0, 0, 0, 0, 0, 0, 0]]> : tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>
  %y = qnn.matmul "fc" %a, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x8xi8>, tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>, tensor<1xi32>) -> tensor<1x1xi8>
  func.return %y : tensor<1x1xi8>
}
