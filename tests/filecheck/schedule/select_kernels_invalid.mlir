// RUN: nmc-opt %s -p select-kernels --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer conv1: its smallest tile needs {{[0-9]+}} bytes more than the {{[0-9]+}} bytes of L1 beside the stacks; give it more L1 or fewer cores
builtin.module attributes {nmc.target = "vega", nmc.l1 = 8192 : i64} {
  func.func @main(%x: tensor<1x64x64x64xi8>) -> tensor<1x64x64x64xi8> {
    %w = arith.constant dense<1> : tensor<64x3x3x64xi8>
    %b = arith.constant dense<5> : tensor<64xi32>
    %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [77], shift = 14, zero_point = 0, lo = 0, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x64x64x64xi8>, tensor<64x3x3x64xi8>, tensor<64xi32>) -> tensor<1x64x64x64xi8>
    func.return %y : tensor<1x64x64x64xi8>
  }
}

// -----

// CHECK: layer q: qnn.quantize is not an integer operation; run fold-qdq first
builtin.module attributes {nmc.target = "vega"} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xi8> {
    %q = qnn.quantize "q" %x {scale = array<f32: 0.5>, zero_point = array<i64: 3>} : tensor<4xf32> -> tensor<4xi8>
    func.return %q : tensor<4xi8>
  }
}
