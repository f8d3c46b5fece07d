// RUN: nmc-opt %s -p detect-nm --verify-diagnostics | filecheck %s

// An encoding that is wrong already is reported, not replaced by one that is right.
// CHECK: the constant breaks its 1:8 encoding along axis 1: element [0, 4] is non-zero number 2 or later of the block [0, 8)
func.func @main(%a: tensor<1x8xi8>, %b: tensor<1xi32>) {
  %w = nm.constant dense<[[1, 0, 0, 0, 1, 0, 0, 0]]> : tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>
  %y = qnn.matmul "fc" %a, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x8xi8>, tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>, tensor<1xi32>) -> tensor<1x1xi8>
  func.return
}
