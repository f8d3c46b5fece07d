// RUN: nmc-opt %s -p parallelize --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer l: it is parallel already; start from tiled IR
builtin.module {
  func.func @main() {
    cluster.layer @l plan {} info {} cores 8 {
      cluster.barrier
    }
    func.return
  }
}

// -----

// CHECK: layer l: the plan splits the work into 4 x 4 parts, more than 8 cores
builtin.module {
  func.func @main() {
    cluster.layer @l plan {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 8 : i64, double = ["out", "x"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = true, split = array<i64: 4, 4>, row_step = 2 : i64} info {} {
      cluster.barrier
    }
    func.return
  }
}

// -----

// CHECK: layer l: plan order must be one of weights-rows-groups
builtin.module {
  func.func @main() {
    cluster.layer @l plan {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = ["out", "x"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "groups", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = true, split = array<i64: 2, 1>, row_step = 2 : i64} info {} {
      cluster.barrier
    }
    func.return
  }
}

// -----

// CHECK: layer conv: 2 cores need 72 bytes each of a buffer of 140; make `group` a multiple of cores times 1 pixels
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) {
  cluster.layer @conv plan {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = ["out", "x"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = true, split = array<i64: 2, 1>, row_step = 2 : i64} info {} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c64 = arith.constant 64 : index
    %xb = cluster.alloc "x" : memref<64xi8, #cluster.space<l1>>
    %wb = cluster.alloc "w" : memref<176xi8, #cluster.space<l1>>
    %im = cluster.alloc "im2col" : memref<140xi8, #cluster.space<l1>>
    %ob = cluster.alloc "out" : memref<64xi8, #cluster.space<l1>>
    cluster.copy %x[%c0] to %xb[%c0] length %c64 : memref<64xi8, #cluster.space<l2>> to memref<64xi8, #cluster.space<l1>>
    cluster.groups %c16 by 4 {
    ^bb0(%first: index, %count: index):
      tile.im2col %xb, %im, %first, %c0 pixels(%c0 to %count) {window = #tile.window<image = [4, 4], channels = 4, kernel = [3, 3], strides = [1, 1], pads = [1, 1], dilations = [1, 1], out_width = 4>, tap_pitch = 4 : i64, row_pitch = 36 : i64, pad_value = 0 : i64} : memref<64xi8, #cluster.space<l1>>, memref<140xi8, #cluster.space<l1>>, index
      tile.contract %im[%c0], %wb, %ob[%first] rows(%c0 to %count) records(%c0 to %c1) {kernel = "dense-4x2", taps = 9 : i64, cin = 4 : i64, a_pitch = 36 : i64, out_pitch = 4 : i64, requant = #tile.requant<shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow, acc_bits = 0>} : memref<140xi8, #cluster.space<l1>>, memref<176xi8, #cluster.space<l1>>, memref<64xi8, #cluster.space<l1>>, index
    }
  }
  func.return
}
}
