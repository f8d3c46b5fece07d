// RUN: nmc-opt %s -p parallelize | filecheck %s

// What is written and read inside the groups only is each core's own; the rest is everybody's.
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) {
  cluster.layer @attention plan {kind = "attention", kernel = "dense-4x4", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, tile_rows = 8 : i64, group = 4 : i64} info {} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %q = cluster.alloc "q" : memref<32xi8, #cluster.space<l1>>
    %w = cluster.alloc "w" : memref<48xi8, #cluster.space<l1>>
    %s = cluster.alloc "scores" : memref<16xi8, #cluster.space<l1>>
    %o = cluster.alloc "out" : memref<32xi8, #cluster.space<l1>>
    // CHECK: %[[LO:.*]], %[[HI:.*]] = cluster.share %{{.*}} part %{{.*}} of 2 step 1
    // CHECK: %[[MINE:.*]] = cluster.view %s[%{{.*}}] : memref<16xi8, #cluster.space<l1>> to memref<8xi8, #cluster.space<l1>>
    // CHECK-NOT: cluster.view
    // CHECK: scf.for %[[FIRST:.*]] = %[[LO]] to %[[HI]] step
    // CHECK: tile.contract %q[%[[FIRST]]], %w, %[[MINE]][%c0] rows(%c0 to %[[COUNT:.*]]) records(
    // CHECK-NEXT: tile.contract %[[MINE]][%c0], %w, %o[%[[FIRST]]] rows(%c0 to %[[COUNT]]) records(
    // CHECK-NEXT: } {cluster.own}
    cluster.groups %c8 by 4 {
    ^bb0(%first: index, %count: index):
      tile.contract %q[%first], %w, %s[%c0] rows(%c0 to %count) records(%c0 to %c1) {kernel = "dense-4x4", taps = 1 : i64, cin = 4 : i64, a_pitch = 4 : i64, out_pitch = 4 : i64, requant = #tile.requant<shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow, acc_bits = 0>} : memref<32xi8, #cluster.space<l1>>, memref<48xi8, #cluster.space<l1>>, memref<16xi8, #cluster.space<l1>>, index
      tile.contract %s[%c0], %w, %o[%first] rows(%c0 to %count) records(%c0 to %c1) {kernel = "dense-4x4", taps = 1 : i64, cin = 4 : i64, a_pitch = 4 : i64, out_pitch = 4 : i64, requant = #tile.requant<shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow, acc_bits = 0>} : memref<16xi8, #cluster.space<l1>>, memref<48xi8, #cluster.space<l1>>, memref<32xi8, #cluster.space<l1>>, index
    }
  }
  func.return
}
}
