// RUN: nmc-opt %s -p pack-weights,tile | filecheck %s
// RUN: nmc-opt %s -p pack-weights,tile,parallelize | filecheck %s --check-prefix=CORES

builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
// CHECK: cluster.data @gelu.table <l2> = dense<7> : tensor<256xi8>
func.func @main(%x: tensor<1x30xi8>) -> tensor<1x30xi8> {
  // The table comes once, before the loop over tiles.
  // CHECK: %[[TABLE:.*]] = cluster.get_data @gelu.table : memref<256xi8, #cluster.space<l2>>
  // CHECK: cluster.layer @gelu
  // CHECK: %[[T:.*]] = cluster.alloc "table" : memref<256xi8, #cluster.space<l1>>
  // CHECK: cluster.copy %[[TABLE]][%{{.*}}] to %[[T]]
  // CHECK-NEXT: scf.for
  // CHECK: cluster.copy %x
  // CHECK-NEXT: tile.lookup %{{.*}}, %[[T]], %{{.*}} bytes(
  // CHECK-NEXT: cluster.copy
  // CORES: %[[LO:.*]], %[[HI:.*]] = cluster.share %{{.*}} part %{{.*}} of 2 step 4
  // CORES: tile.lookup {{.*}} bytes(%[[LO]] to %[[HI]])
  %y = qnn.lookup "gelu" %x table dense<7> : tensor<256xi8> {plan = {kind = "flat", kernel = "lookup", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 288 : i64, dma_bytes = 316 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>}} : tensor<1x30xi8> -> tensor<1x30xi8>
  func.return %y : tensor<1x30xi8>
}
}
