// RUN: nmc-opt %s -p tile --split-input-file | filecheck %s

cluster.data @conv1.weights <l2> = dense<0> : tensor<176xi8>

// CHECK-LABEL: func.func @main
// CHECK-SAME: memref<64xi8, #cluster.space<l2>> {nmc.name = "x", nmc.type = tensor<1x4x4x4xi8>}
// CHECK-SAME: -> (memref<64xi8, #cluster.space<l2>> {nmc.type = tensor<1x64xi8>})
func.func @main(%x: tensor<1x4x4x4xi8> {nmc.name = "x"}) -> tensor<1x64xi8> {
  // CHECK: %[[WEIGHTS:.*]] = cluster.get_data @conv1.weights : memref<176xi8, #cluster.space<l2>>
  %w = cluster.packed @conv1.weights : tensor<4x3x3x4xi8>
  %b = cluster.packed @conv1.weights : tensor<4xi32>
  // CHECK: %[[Y:.*]] = cluster.alloc "conv1" : memref<64xi8, #cluster.space<l2>>
  // CHECK-NEXT: cluster.layer @conv1 plan {kind = "window"
  // CHECK-SAME: info {op = "conv2d", shape = array<i64: 1, 4, 4, 4>, dtype = "int8", macs = 2304 : i64, nonzeros = 144 : i64}
  // Two rows of output need up to three rows of input: the padding is not loaded.
  // CHECK-DAG: %[[XB:.*]] = cluster.alloc "x" : memref<48xi8, #cluster.space<l1>>
  // CHECK-DAG: %[[WB:.*]] = cluster.alloc "w" : memref<176xi8, #cluster.space<l1>>
  // CHECK-DAG: %[[IM:.*]] = cluster.alloc "im2col" : memref<144xi8, #cluster.space<l1>>
  // CHECK-DAG: %[[OUT:.*]] = cluster.alloc "out" : memref<32xi8, #cluster.space<l1>>
  // The weights are loaded once, outside the loop over tiles of rows.
  // CHECK: cluster.copy %[[WEIGHTS]][%{{.*}}] to %[[WB]]
  // CHECK-NEXT: scf.for
  // CHECK: cluster.copy %x{{.*}} to %[[XB]]
  // CHECK: cluster.groups %{{.*}} by 4 {
  // CHECK-NEXT: ^bb0(%[[FIRST:.*]]: index, %[[COUNT:.*]]: index):
  // CHECK: tile.im2col %[[XB]], %[[IM]], %{{.*}}, %{{.*}} pixels(%{{.*}} to %[[COUNT]])
  // CHECK-NEXT: tile.contract %[[IM]][%{{.*}}], %[[WB]], %[[OUT]][%[[FIRST]]] rows(%{{.*}} to %[[COUNT]])
  // CHECK: cluster.copy %[[OUT]][%{{.*}}] to %[[Y]]
  %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 144 : i64, pads = array<i64: 1, 1, 1, 1>, plan = {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = ["out", "x"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = true, split = array<i64: 2, 1>, row_step = 2 : i64}} : (tensor<1x4x4x4xi8>, tensor<4x3x3x4xi8>, tensor<4xi32>) -> tensor<1x4x4x4xi8>
  %r = qnn.reshape "r" %y : tensor<1x4x4x4xi8> -> tensor<1x64xi8>
  // CHECK: func.return %[[Y]]
  func.return %r : tensor<1x64xi8>
}

// -----

// Outputs that leave with each tile of records: L1 holds 8 pixels of 4 of the 8 channels.
cluster.data @conv2.weights <l2> = dense<0> : tensor<352xi8>

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x4x4x4xi8>) -> tensor<1x4x4x8xi8> {
  %w = cluster.packed @conv2.weights : tensor<8x3x3x4xi8>
  %b = cluster.packed @conv2.weights : tensor<8xi32>
  // CHECK: %[[OUT:.*]] = cluster.alloc "out" : memref<32xi8, #cluster.space<l1>>
  // CHECK: scf.for
  // CHECK: tile.im2col
  // CHECK: scf.for
  // CHECK: cluster.copy %{{.*}} to %[[WB:.*]][
  // CHECK: tile.contract %{{.*}}, %{{.*}}, %[[OUT]]
  // CHECK: cluster.copy %[[OUT]][%{{.*}}] to %{{.*}} length %{{.*}} lines
  %y = qnn.conv2d "conv2" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 288 : i64, pads = array<i64: 1, 1, 1, 1>, plan = {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-groups-weights", tile_rows = 2 : i64, tile_records = 1 : i64, group = 8 : i64, private = false, split = array<i64: 2, 1>, row_step = 2 : i64, apart = true}} : (tensor<1x4x4x4xi8>, tensor<8x3x3x4xi8>, tensor<8xi32>) -> tensor<1x4x4x8xi8>
  func.return %y : tensor<1x4x4x8xi8>
}

// -----

// Records 0 | 1, 2 | 3, 4, 5 | 6: the first tile is small, and each is half as much again as the one
// before, rounded up. How they follow each other is for `parallelize`.
cluster.data @fc.weights <l2> = dense<0> : tensor<224xi8>

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x7xi8> {
  %w = cluster.packed @fc.weights : tensor<7x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<7xi32>
  // CHECK: cluster.alloc "w" : memref<96xi8, #cluster.space<l1>>
  // CHECK: cluster.alloc "out" : memref<16xi8, #cluster.space<l1>>
  // CHECK: cluster.groups %{{.*}} by 3 from 1 growth 1 {
  // CHECK-NEXT: ^{{.*}}(%[[FIRST:.*]]: index, %[[COUNT:.*]]: index):
  // CHECK: arith.muli %[[FIRST]], %{{.*}} : index
  // CHECK: cluster.copy %{{.*}} to %{{.*}} length
  // CHECK: tile.contract {{.*}} records(%{{.*}} to %[[COUNT]])
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 168 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 1 : i64, double = [], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 3 : i64, group = 0 : i64, private = false, split = array<i64: 1, 1>, row_step = 1 : i64, lead = 1 : i64, growth = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<7x1x1x24xi8>, tensor<7xi32>) -> tensor<1x1x1x7xi8>
  func.return %y : tensor<1x1x1x7xi8>
}
