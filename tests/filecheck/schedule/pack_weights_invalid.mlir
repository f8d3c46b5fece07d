// RUN: nmc-opt %s -p pack-weights --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer fc: it has no plan; run select-kernels first
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = arith.constant dense<1> : tensor<2x4xi8>
  %b = arith.constant dense<5> : tensor<2xi32>
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// -----

// CHECK: layer fc: the plan has no 'reason'; run select-kernels or write it
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = arith.constant dense<1> : tensor<2x4xi8>
  %b = arith.constant dense<5> : tensor<2xi32>
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {plan = {kind = "window", kernel = "dense-1x2"}} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// -----

// CHECK: layer fc: plan kind must be one of window, flat
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = arith.constant dense<1> : tensor<2x4xi8>
  %b = arith.constant dense<5> : tensor<2xi32>
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {plan = {kernel = "dense-1x2"}} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// -----

// CHECK: layer fc: kernel decimate-1x2-1:8 needs (1, 8) sparse weights; choose a dense kernel or prune the weights
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = arith.constant dense<1> : tensor<2x4xi8>
  %b = arith.constant dense<5> : tensor<2xi32>
  %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {plan = {kind = "window", kernel = "decimate-1x2-1:8", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 64 : i64, dma_bytes = 64 : i64, cycles = 64 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 1 : i64, tile_records = 2 : i64, group = 0 : i64, private = false, split = array<i64: 1, 2>, row_step = 1 : i64}} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// -----

// CHECK: layer dw: kernel depthwise-line-2x2 does not slide over its window; choose depthwise-4 or depthwise-1
func.func @main(%x: tensor<1x5x5x4xi8>) -> tensor<1x3x3x4xi8> {
  %w = arith.constant dense<1> : tensor<4x3x3x1xi8>
  %b = arith.constant dense<5> : tensor<4xi32>
  %y = qnn.conv2d "dw" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {groups = 4 : i64, plan = {kind = "window", kernel = "depthwise-line-2x2", reason = "by hand", cores = 2 : i64, double = [], l1_bytes = 64 : i64, dma_bytes = 64 : i64, cycles = 64 : i64, busiest = 1000 : i64, order = "weights-rows-groups", tile_rows = 3 : i64, tile_records = 2 : i64, group = 3 : i64, private = false, split = array<i64: 1, 2>, row_step = 1 : i64}} : (tensor<1x5x5x4xi8>, tensor<4x3x3x1xi8>, tensor<4xi32>) -> tensor<1x3x3x4xi8>
  func.return %y : tensor<1x3x3x4xi8>
}

// -----

// CHECK: layer norm: its gain and offset are not constant
func.func @main(%x: tensor<3x10xi8>, %g: tensor<10xi32>) -> tensor<3x10xi8> {
  %n = qnn.layer_norm "norm" %x, %g, %g {row_bits = 25 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<3x10xi8>, tensor<10xi32>, tensor<10xi32>) -> tensor<3x10xi8>
  func.return %n : tensor<3x10xi8>
}
