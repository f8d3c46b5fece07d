// RUN: nmc-opt %s -p parallelize | filecheck %s
// RUN: nmc-opt %s -p 'parallelize{cores=3}' | filecheck %s --check-prefix=THREE
// RUN: nmc-opt %s -p 'parallelize{cores=1}' | filecheck %s --check-prefix=ONE

builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) -> memref<64xi8, #cluster.space<l2>> {
  %y = cluster.alloc "y" : memref<64xi8, #cluster.space<l2>>
  // CHECK: cluster.layer @scale {{.*}} cores 4 {
  // THREE: cluster.layer @scale {{.*}} cores = 3 : i64
  // ONE: cluster.layer @scale {{.*}} cores 1 {
  cluster.layer @scale plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    // CHECK: %[[CORE:.*]] = cluster.core_id
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
    // CHECK: scf.for
    // The buffers of the iteration before may still be in use.
    // CHECK: cluster.master {
    // CHECK-NEXT: cluster.copy %x
    // CHECK: %[[LO:.*]], %[[HI:.*]] = cluster.share %{{.*}} part %[[CORE]] of 4 step 4
    // CHECK-NEXT: cluster.barrier
    // CHECK-NEXT: tile.requantize %{{.*}}, %{{.*}} bytes(%[[LO]] to %[[HI]])
    // CHECK: cluster.barrier
    // CHECK-NEXT: cluster.master {
    // CHECK-NEXT: cluster.copy %ob
    // THREE: cluster.share %{{.*}} part %{{.*}} of 3 step 4
    // ONE-NOT: cluster.share
    // ONE: tile.requantize
    // CHECK: cluster.barrier
    // CHECK-NEXT: }
  }
  func.return %y : memref<64xi8, #cluster.space<l2>>
}
}
