// RUN: nmc-opt %s -p tile --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer pool: it has no plan; run select-kernels first
func.func @main(%x: tensor<1x4x4x4xi8>) -> tensor<1x2x2x4xi8> {
  %y = qnn.max_pool2d "pool" %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x4xi8> -> tensor<1x2x2x4xi8>
  func.return %y : tensor<1x2x2x4xi8>
}

// -----

// CHECK: layer t: a window plan does not fit qnn.transpose
func.func @main(%x: tensor<1x4x4x4xi8>) -> tensor<1x4x4x4xi8> {
  %y = qnn.transpose "t" %x {permutation = array<i64: 0, 3, 1, 2>, plan = {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = ["out", "x"], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = true, split = array<i64: 2, 1>, row_step = 2 : i64}} : tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
  func.return %y : tensor<1x4x4x4xi8>
}

// -----

// CHECK: layer a: an operand is a constant in no memory; run pack-weights
func.func @main(%x: tensor<8xi8>) -> tensor<8xi8> {
  %c = arith.constant dense<1> : tensor<8xi8>
  %y = qnn.add "a" %x, %c {lhs_multiplier = 1024 : i64, rhs_multiplier = 1024 : i64, shift = 10 : i64, lo = -128 : i64, hi = 127 : i64, plan = {kind = "flat", kernel = "add", reason = "", cores = 1 : i64, double = [], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 1 : i64, busiest = 1000 : i64, tiles = array<i64: 8>}} : (tensor<8xi8>, tensor<8xi8>) -> tensor<8xi8>
  func.return %y : tensor<8xi8>
}

// -----

// CHECK: layer a: plan tiles must be positive
func.func @main(%x: tensor<8xi8>) -> tensor<8xi8> {
  %y = qnn.add "a" %x, %x {lhs_multiplier = 1024 : i64, rhs_multiplier = 1024 : i64, shift = 10 : i64, lo = -128 : i64, hi = 127 : i64, plan = {kind = "flat", kernel = "add", reason = "", cores = 1 : i64, double = [], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 1 : i64, busiest = 1000 : i64, tiles = array<i64: 0>}} : (tensor<8xi8>, tensor<8xi8>) -> tensor<8xi8>
  func.return %y : tensor<8xi8>
}

// -----

// CHECK: layer a: the plan has an unknown key 'tyles'
func.func @main(%x: tensor<8xi8>) -> tensor<8xi8> {
  %y = qnn.add "a" %x, %x {lhs_multiplier = 1024 : i64, rhs_multiplier = 1024 : i64, shift = 10 : i64, lo = -128 : i64, hi = 127 : i64, plan = {kind = "flat", tyles = 1 : i64}} : (tensor<8xi8>, tensor<8xi8>) -> tensor<8xi8>
  func.return %y : tensor<8xi8>
}

// -----

// CHECK: layer conv1: plan apart needs a group that holds a whole tile of rows; make tile_rows 2 less or group 4 more
cluster.data @conv1.weights <l2> = dense<0> : tensor<176xi8>
func.func @main(%x: tensor<1x4x4x4xi8>) -> tensor<1x4x4x4xi8> {
  %w = cluster.packed @conv1.weights : tensor<4x3x3x4xi8>
  %b = cluster.packed @conv1.weights : tensor<4xi32>
  %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 144 : i64, pads = array<i64: 1, 1, 1, 1>, plan = {kind = "window", kernel = "dense-4x2", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-groups-weights", tile_rows = 2 : i64, tile_records = 1 : i64, group = 4 : i64, private = false, split = array<i64: 2, 1>, row_step = 2 : i64, apart = true}} : (tensor<1x4x4x4xi8>, tensor<4x3x3x4xi8>, tensor<4xi32>) -> tensor<1x4x4x4xi8>
  func.return %y : tensor<1x4x4x4xi8>
}

// -----

// CHECK: layer fc: tiles that grow from 1 records reach 4, more than plan tile_records 2; make lead less or tile_records more
cluster.data @fc.weights <l2> = dense<0> : tensor<224xi8>
func.func @main(%x: tensor<1x1x1x24xi8>) -> tensor<1x1x1x7xi8> {
  %w = cluster.packed @fc.weights : tensor<7x1x1x24xi8>
  %b = cluster.packed @fc.weights : tensor<7xi32>
  %y = qnn.conv2d "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {nonzeros = 168 : i64, pads = array<i64: 0, 0, 0, 0>, plan = {kind = "window", kernel = "dense-1x2", reason = "by hand", cores = 1 : i64, double = [], l1_bytes = 1024 : i64, dma_bytes = 1024 : i64, cycles = 1024 : i64, busiest = 1000 : i64, order = "rows-weights-groups", tile_rows = 1 : i64, tile_records = 2 : i64, group = 0 : i64, private = false, split = array<i64: 1, 1>, row_step = 1 : i64, lead = 1 : i64}} : (tensor<1x1x1x24xi8>, tensor<7x1x1x24xi8>, tensor<7xi32>) -> tensor<1x1x1x7xi8>
  func.return %y : tensor<1x1x1x7xi8>
}
