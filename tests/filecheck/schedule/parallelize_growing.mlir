// RUN: nmc-opt %s -p tile,parallelize --split-input-file | filecheck %s

// Each core goes through its own half of eight records, in tiles of 1, 2 and 1, and loads them itself.
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<256xi8>

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x8xi8> {
  %w = cluster.packed @fc.weights : tensor<8x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<8xi32>
  // CHECK: private = true
  // CHECK: %[[CORE:.*]] = cluster.core_id
  // CHECK: %[[W:.*]] = cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
  // CHECK: %[[OUT:.*]] = cluster.alloc "out" : memref<16xi8, #cluster.space<l1>>
  // CHECK: %[[LO:.*]] = arith.muli %[[CORE]]
  // CHECK-NEXT: %[[ALL:.*]] = arith.constant 4 : index
  // CHECK: %[[MINE:.*]] = cluster.view %[[W]][%{{.*}}] : memref<128xi8, #cluster.space<l1>> to memref<64xi8, #cluster.space<l1>>
  // CHECK: %[[AT:.*]] = arith.muli %[[LO]]
  // CHECK-NEXT: %[[DATA:.*]] = cluster.view %{{.*}}[%[[AT]]] : memref<256xi8, #cluster.space<l2>> to memref<128xi8, #cluster.space<l2>>
  // CHECK-NEXT: %[[OUTS:.*]] = cluster.view %[[OUT]][%[[LO]]]
  // CHECK: cluster.barrier
  // CHECK-NEXT: scf.for {{.*}} iter_args(%[[FIRST:.*]] = %{{.*}}, %[[COUNT:.*]] = %{{.*}}, %[[LEADS:.*]] = %{{.*}})
  // CHECK-NOT: cluster.master
  // CHECK: cluster.copy %[[DATA]][%{{.*}}] to %[[MINE]]
  // CHECK-NOT: cluster.barrier
  // CHECK: tile.contract %{{.*}}, %[[MINE]], {{.*}} records(%{{.*}} to %[[COUNT]])
  // CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[FIRST]], %[[COUNT]]
  // CHECK-NEXT: %[[LEFT:.*]] = arith.subi %[[ALL]], %[[NEXT]]
  // CHECK: %[[MORE:.*]] = arith.divui
  // CHECK-NEXT: %[[GROWN:.*]] = arith.addi %[[LEADS]], %[[MORE]]
  // CHECK-NEXT: %[[SIZE:.*]] = arith.minsi %[[LEFT]], %[[GROWN]]
  // CHECK-NEXT: scf.yield %[[NEXT]], %[[SIZE]], %[[GROWN]]
  // CHECK-NEXT: } {cluster.own}
  // CHECK-NEXT: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-NEXT: cluster.copy %[[OUTS]][%[[C0]]] to %{{.*}}[%[[LO]]] length %[[ALL]] {cluster.own}
  // CHECK-NEXT: cluster.barrier
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 192 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 4 : i64, group = 0 : i64, private = true, split = array<i64: 1, 2>, row_step = 1 : i64, lead = 2 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<8x1x1x24xi8>, tensor<8xi32>) -> tensor<1x1x1x8xi8>
  func.return %y : tensor<1x1x1x8xi8>
}
}

// -----

// Of nine records one core has four and one five, in tiles of 1, 2 and 1 or 2.
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<288xi8>

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x9xi8> {
  %w = cluster.packed @fc.weights : tensor<9x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<9xi32>
  // CHECK: private = true
  // CHECK: %[[LO:.*]], %[[HI:.*]] = cluster.share %{{.*}} part %{{.*}} of 2 step 1
  // CHECK-NEXT: %[[ALL:.*]] = arith.subi %[[HI]], %[[LO]]
  // CHECK: cluster.view %{{.*}} : memref<288xi8, #cluster.space<l2>> to memref<160xi8, #cluster.space<l2>>
  // CHECK: scf.for
  // CHECK: arith.subi %[[ALL]], %{{.*}}
  // CHECK: } {cluster.own}
  // CHECK: cluster.copy %{{.*}} to %{{.*}}[%[[LO]]] length %[[ALL]] {cluster.own}
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 192 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 4 : i64, group = 0 : i64, private = true, split = array<i64: 1, 2>, row_step = 1 : i64, lead = 2 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<9x1x1x24xi8>, tensor<9xi32>) -> tensor<1x1x1x9xi8>
  func.return %y : tensor<1x1x1x9xi8>
}
}

// -----

// Of three cores two would have three tiles and one two, or first tiles of different sizes: all
// compute tiles of 2, 4 and 2 records together, and core 0 loads them.
builtin.module attributes {nmc.target = "vega", nmc.cores = 3 : i64} {
cluster.data @fc.weights <l2> = dense<0> : tensor<256xi8>

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x8xi8> {
  %w = cluster.packed @fc.weights : tensor<8x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<8xi32>
  // CHECK: private = false
  // CHECK: %[[W:.*]] = cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
  // CHECK: scf.for {{.*}} iter_args(%[[FIRST:.*]] = %{{.*}}, %[[COUNT:.*]] = %{{.*}}, %[[LEADS:.*]] = %{{.*}})
  // CHECK: cluster.barrier
  // CHECK: cluster.master {
  // CHECK-NEXT: cluster.copy %{{.*}} to %[[W]]
  // CHECK-NEXT: }
  // CHECK: cluster.share %[[COUNT]] part %{{.*}} of 3 step 1
  // CHECK: tile.contract
  // CHECK: %[[NEXT:.*]] = arith.addi %[[FIRST]], %[[COUNT]]
  // CHECK: scf.yield %[[NEXT]]
  // CHECK-NOT: cluster.own
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 192 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 2 : i64, double = ["w"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 4 : i64, group = 0 : i64, private = true, split = array<i64: 1, 2>, row_step = 1 : i64, lead = 2 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<8x1x1x24xi8>, tensor<8xi32>) -> tensor<1x1x1x8xi8>
  func.return %y : tensor<1x1x1x8xi8>
}
}
