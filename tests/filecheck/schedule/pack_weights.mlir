// RUN: nmc-opt %s -p pack-weights | filecheck %s

// One record of one channel: bias 5, four weights, multiplier 77; then the same of channel 1.
// CHECK: cluster.data @fc.weights <l2> = dense<[5, 0, 0, 0, 1, 2, 3, 4, 77, 0, 0, 0, 6, 0, 0, 0, 5, 6, 7, 8, 77, 0, 0, 0]> : tensor<24xi8>
// A clamped requantisation in the wide form, as this kernel has it: 77 << 17 instead of 77.
// CHECK-NEXT: cluster.data @held.weights <l2> = dense<[5, 0, 0, 0, 1, 2, 3, 4, 0, 0, -102, 0, 6, 0, 0, 0, 5, 6, 7, 8, 0, 0, -102, 0]> : tensor<24xi8>
// A constant activation is bytes in memory.
// CHECK-NEXT: cluster.data @add.constant <l2> = dense<[7, 8]> : tensor<2xi8>
func.func @main(%x: tensor<1x4xi8>) -> (tensor<1x2xi8>, tensor<1x2xi8>) {
  %w = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xi8>
  %b = arith.constant dense<[5, 6]> : tensor<2xi32>
  %c = arith.constant dense<[[7, 8]]> : tensor<1x2xi8>
  // CHECK: %[[W:.*]] = cluster.packed @fc.weights : tensor<2x4xi8>
  // CHECK-NEXT: %[[B:.*]] = cluster.packed @fc.weights : tensor<2xi32>
  // CHECK-NEXT: qnn.matmul "fc" %{{.*}}, %[[W]], %[[B]]
  // CHECK-SAME: nonzeros = 8 : i64
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 64 : i64, dma_bytes = 64 : i64, cycles = 64 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 1 : i64, tile_records = 2 : i64, group = 0 : i64, private = false, split = array<i64: 1, 2>, row_step = 1 : i64}} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  %h = qnn.matmul "held" %x, %w, %b requant <multiplier = [77], shift = 16, zero_point = 0, lo = -128, hi = 127, form = clamped> {plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 64 : i64, dma_bytes = 64 : i64, cycles = 64 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 1 : i64, tile_records = 2 : i64, group = 0 : i64, private = false, split = array<i64: 1, 2>, row_step = 1 : i64}} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  // CHECK: cluster.packed @add.constant : tensor<1x2xi8>
  // CHECK-NEXT: qnn.add "add"
  %z = qnn.add "add" %y, %c {lhs_multiplier = 1024 : i64, rhs_multiplier = 1024 : i64, shift = 10 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x2xi8>, tensor<1x2xi8>) -> tensor<1x2xi8>
  func.return %z, %h : tensor<1x2xi8>, tensor<1x2xi8>
}
