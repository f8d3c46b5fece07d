// RUN: nmc-opt %s -p double-buffer --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer l: it is not parallel yet; run parallelize first
func.func @main() {
  cluster.layer @l plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} {
    cluster.barrier
  }
  func.return
}
