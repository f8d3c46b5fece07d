// RUN: nmc-opt %s -p tile,parallelize,double-buffer --split-input-file | filecheck %s

// Each core loads its own tiles, of 8 records 1, 2 and 1: the first one's transfer starts before all
// meet to read the input, each of the others while the one before is computed. No core waits for
// another, and none is asked to be core 0. Which half of its part of the buffer is next is carried.
// Outputs leave with their core: behind the last barrier of the layer nothing is left to do.
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<256xi8>

func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x8xi8> {
  %w = cluster.packed @fc.weights : tensor<8x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<8xi32>
  // CHECK-LABEL: func.func @main
  // CHECK: %[[W:.*]] = cluster.alloc "w" : memref<256xi8, #cluster.space<l1>>
  // CHECK: %[[X:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: cluster.dma_start %x
  // CHECK: %[[MINE:.*]] = cluster.view %[[W]][%{{.*}}] : memref<256xi8, #cluster.space<l1>> to memref<128xi8, #cluster.space<l1>>
  // CHECK: %[[HALF0:.*]] = cluster.view %[[MINE]]
  // CHECK-NEXT: %[[T0:.*]] = cluster.dma_start %{{.*}} to %[[HALF0]]
  // CHECK-NEXT: cluster.master {
  // CHECK-NEXT: cluster.dma_wait %[[X]]
  // CHECK-NEXT: }
  // CHECK-NEXT: cluster.barrier
  // CHECK-NEXT: scf.for {{.*}} iter_args(%[[FIRST:.*]] = %{{.*}}, %[[COUNT:.*]] = %{{.*}}, %[[LEADS:.*]] = %{{.*}}, %[[HALF:.*]] = %{{.*}}, %[[NOW:.*]] = %[[T0]])
  // CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[FIRST]], %[[COUNT]]
  // CHECK: cluster.view %[[MINE]][%[[HALF]]]
  // CHECK: %[[OTHER:.*]] = arith.subi %{{.*}}, %[[HALF]]
  // CHECK: %[[THERE:.*]] = cluster.view %[[MINE]][%[[OTHER]]]
  // CHECK-NOT: cluster.barrier
  // CHECK-NOT: cluster.master
  // CHECK: cluster.dma_wait %[[NOW]]
  // CHECK-NEXT: %[[LATER:.*]] = scf.if
  // CHECK-NEXT: cluster.dma_start %{{.*}} to %[[THERE]]
  // CHECK: tile.contract {{.*}} records(%{{.*}} to %[[COUNT]])
  // CHECK-NEXT: scf.yield %[[NEXT]], %{{.*}}, %{{.*}}, %[[OTHER]], %[[LATER]]
  // CHECK-NEXT: } {cluster.own}
  // CHECK-NOT: cluster.barrier
  // CHECK: cluster.copy {{.*}} {cluster.own} : memref<12xi8, #cluster.space<l1>> to memref<8xi8, #cluster.space<l2>>
  // CHECK-NEXT: cluster.barrier
  // CHECK-NEXT: }
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 192 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 4 : i64, group = 0 : i64, private = true, split = array<i64: 1, 2>, row_step = 1 : i64, lead = 2 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<8x1x1x24xi8>, tensor<8xi32>) -> tensor<1x1x1x8xi8>
  func.return %y : tensor<1x1x1x8xi8>
}
}

// -----

// Sixteen cores and core 0 once more would need more than the sixteen numbers of transfers: a core
// without one would keep the others from the barrier. So the first tiles come behind it.
builtin.module attributes {nmc.target = "vega", nmc.cores = 16 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<2048xi8>

func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x64xi8> {
  %w = cluster.packed @fc.weights : tensor<64x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<64xi32>
  // CHECK-LABEL: func.func @main
  // CHECK: cluster.master {
  // CHECK-NEXT: cluster.dma_start %x
  // CHECK-NEXT: cluster.dma_wait
  // CHECK-NEXT: }
  // CHECK-NOT: cluster.dma_start
  // CHECK: cluster.barrier
  // CHECK: %[[T0:.*]] = cluster.dma_start
  // CHECK: scf.for {{.*}} = %[[T0]])
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 192 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 16 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 32 : i64, group = 0 : i64, private = true, split = array<i64: 1, 16>, row_step = 1 : i64, lead = 16 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<64x1x1x24xi8>, tensor<64xi32>) -> tensor<1x1x1x64xi8>
  func.return %y : tensor<1x1x1x64xi8>
}
}
