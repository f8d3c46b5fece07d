// RUN: nmc-opt %s -p tile --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer gelu: its table is in no memory; run pack-weights
func.func @main(%x: tensor<1x8xi8>) -> tensor<1x8xi8> {
  %y = qnn.lookup "gelu" %x table dense<7> : tensor<256xi8> {plan = {kind = "flat", kernel = "lookup", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 288 : i64, dma_bytes = 316 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>}} : tensor<1x8xi8> -> tensor<1x8xi8>
  func.return %y : tensor<1x8xi8>
}

// -----

// CHECK: qnn.lookup @gelu.table: there is no such cluster.data
func.func @main(%x: tensor<1x8xi8>) -> tensor<1x8xi8> {
  %y = qnn.lookup "gelu" %x table dense<7> : tensor<256xi8> {packed = @gelu.table, plan = {kind = "flat", kernel = "lookup", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 288 : i64, dma_bytes = 316 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>}} : tensor<1x8xi8> -> tensor<1x8xi8>
  func.return %y : tensor<1x8xi8>
}
