// RUN: nmc-opt %s --split-input-file -p parallelize,double-buffer | filecheck %s

// Nothing is doubled that the plan does not name; transfers of one place start together.
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) {
  // CHECK: cluster.layer @l
  cluster.layer @l plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = [], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    // CHECK: cluster.alloc "x" : memref<16xi8, #cluster.space<l1>>
    %xb = cluster.alloc "x" : memref<16xi8, #cluster.space<l1>>
    %yb = cluster.alloc "y" : memref<16xi8, #cluster.space<l1>>
    // CHECK: cluster.master {
    // CHECK-NEXT: %[[A:.*]] = cluster.dma_start
    // CHECK-NEXT: %[[B:.*]] = cluster.dma_start
    // CHECK-NEXT: cluster.dma_wait %[[A]], %[[B]]
    cluster.copy %x[%c0] to %xb[%c0] length %c16 : memref<64xi8, #cluster.space<l2>> to memref<16xi8, #cluster.space<l1>>
    cluster.copy %x[%c0] to %yb[%c0] length %c16 : memref<64xi8, #cluster.space<l2>> to memref<16xi8, #cluster.space<l1>>
  }
  func.return
}
}

// -----

// What a transfer reads has arrived before it starts.
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>, %y: memref<64xi8, #cluster.space<l2>>) {
  // CHECK: cluster.layer @passing
  cluster.layer @passing plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = [], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %b = cluster.alloc "copy" : memref<16xi8, #cluster.space<l1>>
    // CHECK: cluster.master {
    // CHECK-NEXT: %[[A:.*]] = cluster.dma_start %x
    // CHECK-NEXT: cluster.dma_wait %[[A]]
    // CHECK-NEXT: %[[B:.*]] = cluster.dma_start %b
    // CHECK-NEXT: cluster.dma_wait %[[B]]
    cluster.copy %x[%c0] to %b[%c0] length %c16 : memref<64xi8, #cluster.space<l2>> to memref<16xi8, #cluster.space<l1>>
    cluster.copy %b[%c0] to %y[%c0] length %c16 : memref<16xi8, #cluster.space<l1>> to memref<64xi8, #cluster.space<l2>>
  }
  func.return
}
}
