// RUN: nmc-opt %s -p parallelize,double-buffer | filecheck %s

builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) -> memref<64xi8, #cluster.space<l2>> {
  %y = cluster.alloc "y" : memref<64xi8, #cluster.space<l2>>
  cluster.layer @scale plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c16 = arith.constant 16 : index
    %xb = cluster.alloc "x" : memref<16xi8, #cluster.space<l1>>
    %ob = cluster.alloc "out" : memref<16xi8, #cluster.space<l1>>
    scf.for %i = %c0 to %c4 step %c1 {
      %at = arith.muli %i, %c16 : index
      cluster.copy %x[%at] to %xb[%c0] length %c16 : memref<64xi8, #cluster.space<l2>> to memref<16xi8, #cluster.space<l1>>
      tile.requantize %xb, %ob bytes(%c0 to %c16) {input_zero_point = 0 : i64, multiplier = 1024 : i64, requant = #tile.requant<shift = 10, zero_point = 1, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : memref<16xi8, #cluster.space<l1>>, memref<16xi8, #cluster.space<l1>>, index
      cluster.copy %ob[%c0] to %y[%at] length %c16 : memref<16xi8, #cluster.space<l1>> to memref<64xi8, #cluster.space<l2>>
    }
  // CHECK: %[[XB:.*]] = cluster.alloc "x" : memref<32xi8, #cluster.space<l1>>
  // CHECK: %[[OB:.*]] = cluster.alloc "out" : memref<32xi8, #cluster.space<l1>>
  // The first iteration's input is on its way before the loop.
  // CHECK: %[[T0:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: cluster.dma_start %x
  // CHECK: %[[NONE:.*]] = cluster.dma_none
  // CHECK-NEXT: scf.for %[[I:.*]] = {{.*}} iter_args(%[[IN:.*]] = %[[T0]], %[[LEFT:.*]] = %[[NONE]])
  // What only computes stands before the wait.
  // CHECK: %[[MORE:.*]] = arith.cmpi slt
  // CHECK: cluster.share
  // CHECK-NEXT: cluster.master {
  // CHECK-NEXT: cluster.dma_wait %[[IN]]
  // CHECK-NEXT: }
  // CHECK-NEXT: cluster.barrier
  // CHECK-NEXT: %[[NEXT:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: scf.if %[[MORE]]
  // CHECK-NEXT: cluster.dma_start %x
  // CHECK-NOT: cluster.barrier
  // CHECK: tile.requantize
  // CHECK-NEXT: cluster.barrier
  // CHECK-NEXT: %[[OUT:.*]] = cluster.master -> (!cluster.token) {
  // CHECK-NEXT: %[[STARTED:.*]] = cluster.dma_start
  // CHECK-NEXT: cluster.dma_wait %[[LEFT]]
  // CHECK-NEXT: cluster.yield %[[STARTED]]
  // CHECK: scf.yield %[[NEXT]], %[[OUT]]
  // The last result is waited for behind the loop.
  // CHECK: cluster.master {
  // CHECK-NEXT: cluster.dma_wait
  }
  func.return %y : memref<64xi8, #cluster.space<l2>>
}
}
