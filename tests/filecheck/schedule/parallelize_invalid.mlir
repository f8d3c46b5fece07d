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
