// RUN: nmc-opt %s -p tile,parallelize,double-buffer | filecheck %s

// Two transfers of weights are under way: the first two start before the loop, beside the input, and
// each of the others behind the computing that frees its buffer. Of 7 records the first tile has 1.
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<224xi8>

func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x7xi8> {
  %w = cluster.packed @fc.weights : tensor<7x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<7xi32>
  // CHECK: %[[XB:.*]] = cluster.alloc "x" : memref<24xi8, #cluster.space<l1>>
  // CHECK: cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
  // CHECK: %[[X:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: cluster.dma_start %x[%{{.*}}] to %[[XB]]
  // CHECK: %[[T0:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: cluster.dma_start
  // CHECK: %[[T1:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: scf.if
  // CHECK: cluster.master {
  // CHECK-NEXT: cluster.dma_wait %[[X]]
  // CHECK-NEXT: }
  // CHECK-NEXT: scf.for %[[I:.*]] = %{{.*}} iter_args(%[[NOW:.*]] = %[[T0]], %[[NEXT:.*]] = %[[T1]])
  // CHECK: arith.maxsi
  // CHECK: cluster.master {
  // CHECK-NEXT: cluster.dma_wait %[[NOW]]
  // CHECK-NEXT: }
  // CHECK-NEXT: cluster.barrier
  // CHECK-NOT: cluster.dma_start
  // CHECK: tile.contract
  // CHECK: cluster.barrier
  // CHECK: arith.cmpi slt
  // CHECK: %[[LATER:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: cluster.dma_start
  // The barrier at an iteration's end does for what comes behind the loop, too.
  // CHECK: scf.yield %[[NEXT]], %[[LATER]] : !cluster.token, !cluster.token
  // CHECK-NEXT: }
  // CHECK-NEXT: cluster.master {
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 168 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 2 : i64, group = 0 : i64, private = false, split = array<i64: 1, 2>, row_step = 1 : i64, ahead = true}} : (tensor<1x1x1x24xi8>, tensor<7x1x1x24xi8>, tensor<7xi32>) -> tensor<1x1x1x7xi8>
  func.return %y : tensor<1x1x1x7xi8>
}
}
