// RUN: nmc-opt %s -p parallelize,plan-memory | filecheck %s
// RUN: nmc-opt %s -p parallelize,double-buffer,plan-memory | filecheck %s --check-prefix=DOUBLE

// CHECK: nmc.stack_bytes = 512 : i64, nmc.stack_top = 268566528 : i64
// CHECK-SAME: nmc.memory = [{space = "l1", base = 268435456 : i64, size = 131072 : i64
// CHECK-SAME: nmc.buffers = [
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
// CHECK: cluster.data @w <l2> = dense<0> : tensor<16xi8> at 4698
cluster.data @w <l2> = dense<0> : tensor<16xi8>
// CHECK: func.func @main(%x: memref<64xi8, #cluster.space<l2>> {nmc.address = {{[0-9]+}} : i64, nmc.bytes = 64 : i64})
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) -> memref<64xi8, #cluster.space<l2>> {
  // CHECK: cluster.alloc "y" at {{[0-9]+}} : memref<64xi8, #cluster.space<l2>>
  %y = cluster.alloc "y" : memref<64xi8, #cluster.space<l2>>
  cluster.layer @scale plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    // CHECK: cluster.alloc "x" at 2684354{{[0-9]+}} : memref<16xi8, #cluster.space<l1>>
    // DOUBLE: cluster.alloc "x" at 2684354{{[0-9]+}} : memref<32xi8, #cluster.space<l1>>
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
  }
  func.return %y : memref<64xi8, #cluster.space<l2>>
}
}
