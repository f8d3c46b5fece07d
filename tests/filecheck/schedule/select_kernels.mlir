// RUN: nmc-opt %s -p select-kernels | filecheck %s
// RUN: nmc-opt %s -p 'select-kernels{kernels=dense-1x2}' | filecheck %s --check-prefix=FORCED

builtin.module attributes {nmc.target = "vega"} {
  // CHECK-LABEL: @main
  func.func @main(%x: tensor<1x8x8x4xi8>) -> tensor<1x64xi8> {
    %w = arith.constant dense<1> : tensor<4x3x3x4xi8>
    %b = arith.constant dense<5> : tensor<4xi32>
    // CHECK: qnn.conv2d "conv1"
    // CHECK-SAME: plan = {kind = "window", kernel = "dense-
    // CHECK-SAME: cores = 8 : i64
    // CHECK-SAME: tile_rows = 8 : i64
    // FORCED: qnn.conv2d "conv1"
    // FORCED-SAME: kernel = "dense-1x2"
    %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = 0, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xi8>, tensor<4x3x3x4xi8>, tensor<4xi32>) -> tensor<1x8x8x4xi8>
    // A plan written by hand stays.
    // CHECK: qnn.max_pool2d "pool" {{.*}}plan = {kind = "window", kernel = "mine"}
    %p = qnn.max_pool2d "pool" %y {plan = {kind = "window", kernel = "mine"}, kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x4xi8> -> tensor<1x4x4x4xi8>
    // CHECK: qnn.transpose "t" {{.*}}plan = {kind = "flat", kernel = "transpose"
    // FORCED: qnn.transpose "t" {{.*}}plan = {kind = "flat", kernel = "transpose"
    %t = qnn.transpose "t" %p {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    // A reshape is the same bytes: it needs no plan.
    // CHECK: qnn.reshape "r" %{{.*}} : tensor<1x4x4x4xi8> -> tensor<1x64xi8>
    %r = qnn.reshape "r" %t : tensor<1x4x4x4xi8> -> tensor<1x64xi8>
    func.return %r : tensor<1x64xi8>
  }
}
