// RUN: nmc-opt %s -p plan-memory --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer l: its buffers need 5152 bytes more than the 126944 bytes of L1 beside the stacks of 8 cores; give it more L1 or smaller tiles
builtin.module {
  func.func @main() {
    cluster.layer @l plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} cores 8 {
      %a = cluster.alloc "a" : memref<132096xi8, #cluster.space<l1>>
    }
    func.return
  }
}

// -----

// CHECK: layer second: the activations alive at it need 464448 bytes more than L2 has beside 65536 bytes of code; use a smaller input or a target with more L2
builtin.module {
  func.func @main(%x: memref<8xi8, #cluster.space<l2>>) -> memref<1000000xi8, #cluster.space<l2>> {
    %c0 = arith.constant 0 : index
    %a = cluster.alloc "a" : memref<1000000xi8, #cluster.space<l2>>
    cluster.layer @first plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} cores 8 {
      %t = cluster.alloc "t" : memref<16xi8, #cluster.space<l1>>
      cluster.copy %t[%c0] to %a[%c0] length %c0 : memref<16xi8, #cluster.space<l1>> to memref<1000000xi8, #cluster.space<l2>>
      cluster.barrier
    }
    %b = cluster.alloc "b" : memref<1037304xi8, #cluster.space<l2>>
    cluster.layer @second plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} cores 8 {
      %t = cluster.alloc "t" : memref<16xi8, #cluster.space<l1>>
      cluster.copy %a[%c0] to %t[%c0] length %c0 : memref<1000000xi8, #cluster.space<l2>> to memref<16xi8, #cluster.space<l1>>
      cluster.copy %t[%c0] to %b[%c0] length %c0 : memref<16xi8, #cluster.space<l1>> to memref<1037304xi8, #cluster.space<l2>>
    }
    func.return %a : memref<1000000xi8, #cluster.space<l2>>
  }
}
