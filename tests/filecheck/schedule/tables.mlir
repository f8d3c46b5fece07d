// RUN: nmc-opt %s -p pack-weights,tile | filecheck %s
// RUN: nmc-opt %s -p pack-weights,tile,parallelize | filecheck %s --check-prefix=CORES

builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
// CHECK: cluster.data @gelu.table <l2> = dense<7> : tensor<256xi8>
// CHECK-NEXT: cluster.data @softmax.table <l2> = dense<"0x00008000{{.*}}00800000"> : tensor<2048xi8>
// Of each channel the gain, and the offset without the rounding of the shift.
// CHECK-NEXT: cluster.data @norm.weights <l2> = dense<[3, 0, 0, 0, 2, 0, 0, 0, 3,
func.func @main(%x: tensor<1x30xi8>) -> tensor<3x10xi8> {
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
  // CHECK: cluster.layer @softmax
  // CHECK: cluster.copy {{.*}} to %[[E:table[_0-9]*]]
  // CHECK-NEXT: scf.for
  // CHECK: tile.softmax %{{.*}}, %[[E]], %{{.*}} rows(%{{.*}} to %{{.*}}) {length = 10 : i64, src_pitch = 10 : i64, out_pitch = 10 : i64, numerator = 2139095040 : i64
  // CORES: %[[FIRST:.*]], %[[LAST:.*]] = cluster.share %{{.*}} part %{{.*}} of 2 step 1
  // CORES: tile.softmax {{.*}} rows(%[[FIRST]] to %[[LAST]])
  %r = qnn.reshape "r" %y : tensor<1x30xi8> -> tensor<3x10xi8>
  %z = qnn.softmax "softmax" %r exponentials dense<8388608> : tensor<256xi32> {plan = {kind = "flat", kernel = "softmax", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 1088 : i64, dma_bytes = 1084 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 2>}, numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<3x10xi8> -> tensor<3x10xi8>
  // CHECK: cluster.layer @norm
  // CHECK: cluster.copy %{{.*}} to %[[W:w[_0-9]*]]
  // CHECK-NEXT: scf.for
  // CHECK: tile.layer_norm %{{.*}}, %[[W]], %{{.*}} rows(%{{.*}} to %{{.*}}) {length = 10 : i64
  // CORES: cluster.share %{{.*}} part %{{.*}} of 2 step 1
  // CORES: tile.layer_norm
  %g = arith.constant dense<3> : tensor<10xi32>
  %n = qnn.layer_norm "norm" %z, %g, %g {plan = {kind = "flat", kernel = "layer_norm", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 128 : i64, dma_bytes = 140 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 2>}, row_bits = 25 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<3x10xi8>, tensor<10xi32>, tensor<10xi32>) -> tensor<3x10xi8>
  func.return %n : tensor<3x10xi8>
}
}
