// RUN: nmc-opt %s -p parallelize,double-buffer,plan-memory,convert-tile-to-micro,convert-cluster-to-micro | filecheck %s

// CHECK: nmc.layers = [{name = "scale", symbol = "layer_00_scale"
// CHECK-SAME: output_address = {{[0-9]+}} : i64, output_bytes = 64 : i64
// CHECK-SAME: nmc.inputs = [{name = "x"
// CHECK-SAME: shape = array<i64: 64>, dtype = "int8"
// CHECK-SAME: nmc.outputs = [{
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
// CHECK: func.func private @layer_00_scale() attributes {nmc.layer =
func.func @main(%x: memref<64xi8, #cluster.space<l2>> {nmc.name = "x", nmc.type = tensor<64xi8>}) -> (memref<64xi8, #cluster.space<l2>> {nmc.type = tensor<64xi8>}) {
  %y = cluster.alloc "y" : memref<64xi8, #cluster.space<l2>>
  cluster.layer @scale plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    // CHECK: %[[CORE:.*]] = micro.core_id
    // CHECK: arith.cmpi eq, %[[CORE]]
    // CHECK: scf.if
    // CHECK: func.call @dma_start
    // CHECK: scf.for
    // CHECK: func.call @dma_wait
    // CHECK: micro.event_wait %{{.*}}[540]
    // CHECK: func.call @requantize
    // CHECK-NOT: cluster.
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
// CHECK: func.func @main() attributes {nmc.overwrites_all} {
// CHECK-NEXT: func.call @layer_00_scale() : () -> ()
// CHECK-NEXT: func.return
// CHECK: func.func private @dma_start(
// CHECK: func.func private @dma_wait(
// CHECK: scf.while
}
