// RUN: nmc-opt %s -p select-kernels | filecheck %s
// RUN: nmc-opt %s -p select-kernels,pack-weights,tile | filecheck %s --check-prefix=TILE

// A line of outputs is gathered as one row where channels are whole words; else each output is.
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
  // CHECK-LABEL: @main
  func.func @main(%x: tensor<1x9x12x8xi8>) -> (tensor<1x9x12x8xi8>, tensor<1x5x6x8xi8>, tensor<1x9x12x16xi8>) {
    %w = arith.constant dense<1> : tensor<8x3x3x1xi8>
    %b = arith.constant dense<5> : tensor<8xi32>
    // CHECK: qnn.conv2d "lines" {{.*}}kernel = "depthwise-line-3x3", reason = "{{[0-9]+}} cycles (others: depthwise-4 {{[0-9]+}})"
    // TILE: cluster.layer @lines
    // TILE: tile.im2col {{.*}}kernel = [3, 14]
    // TILE-SAME: row_pitch = 336
    // TILE: tile.depthwise
    // TILE-SAME: kernel = "depthwise-line-3x3", taps = 42 : i64
    // TILE-SAME: tap_pitch = 8 : i64, a_pitch = 336 : i64, out_pitch = 96
    %y = qnn.conv2d "lines" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {groups = 8 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x9x12x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x9x12x8xi8>
    // CHECK: qnn.conv2d "strided" {{.*}}kernel = "depthwise-line-3x3-s2"
    // TILE: cluster.layer @strided
    // TILE: tile.im2col {{.*}}kernel = [3, 13], strides = [2, 2]
    // TILE: tile.depthwise
    // TILE-SAME: kernel = "depthwise-line-3x3-s2", taps = 39
    %z = qnn.conv2d "strided" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {groups = 8 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x9x12x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x5x6x8xi8>
    %v = arith.constant dense<1> : tensor<16x3x3x1xi8>
    %c = arith.constant dense<5> : tensor<16xi32>
    // CHECK: qnn.conv2d "twice" {{.*}}kernel = "depthwise-1"
    %t = qnn.conv2d "twice" %x, %v, %c requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {groups = 8 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x9x12x8xi8>, tensor<16x3x3x1xi8>, tensor<16xi32>) -> tensor<1x9x12x16xi8>
    func.return %y, %z, %t : tensor<1x9x12x8xi8>, tensor<1x5x6x8xi8>, tensor<1x9x12x16xi8>
  }
}
