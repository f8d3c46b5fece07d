// RUN: nmc-opt %s -p 'select-kernels{kernels=pair}' --split-input-file | filecheck %s
// RUN: nmc-opt %s -p 'select-kernels{kernels=decimate}' --split-input-file | filecheck %s --check-prefix=OTHER

// Kernels on interleaved pixels saturate and bound in one instruction; others keep the form.
// CHECK: qnn.matmul "fc" {{.*}} requant <multiplier = [77], shift = 14, zero_point = 3, lo = -128, hi = 127, form = clamped>
// OTHER: qnn.matmul "fc" {{.*}} requant <multiplier = [77], shift = 14, zero_point = 3, lo = -128, hi = 127, form = narrow, acc_bits = 20>
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
func.func @main(%x: tensor<16x8xi8>) -> tensor<16x1xi8> {
  %w = nm.constant dense<[[0, 0, 5, 0, 0, 0, 0, 0]]> : tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>
  %b = arith.constant dense<9> : tensor<1xi32>
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 14, zero_point = 3, lo = -128, hi = 127, form = narrow, acc_bits = 20> : (tensor<16x8xi8>, tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>, tensor<1xi32>) -> tensor<16x1xi8>
  func.return %y : tensor<16x1xi8>
}
}

// -----

// Nothing is saturated: nothing to gain. And a multiplier too large for the clamped form stays.
// CHECK: qnn.matmul "plain" {{.*}} form = narrow>
// CHECK: qnn.matmul "large" {{.*}} form = narrow, acc_bits = 12>
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
func.func @main(%x: tensor<16x8xi8>) -> (tensor<16x1xi8>, tensor<16x1xi8>) {
  %w = nm.constant dense<[[0, 0, 5, 0, 0, 0, 0, 0]]> : tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>
  %b = arith.constant dense<9> : tensor<1xi32>
  %y = qnn.matmul "plain" %x, %w, %b requant <multiplier = [77], shift = 14, zero_point = 3, lo = -128, hi = 127, form = narrow> : (tensor<16x8xi8>, tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>, tensor<1xi32>) -> tensor<16x1xi8>
  %z = qnn.matmul "large" %x, %w, %b requant <multiplier = [9000], shift = 14, zero_point = 3, lo = -128, hi = 127, form = narrow, acc_bits = 12> : (tensor<16x8xi8>, tensor<1x8xi8, #nm.sparsity<1:8, axis = 1>>, tensor<1xi32>) -> tensor<16x1xi8>
  func.return %y, %z : tensor<16x1xi8>, tensor<16x1xi8>
}
}
