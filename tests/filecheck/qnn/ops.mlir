// RUN: nmc-opt %s | nmc-opt | filecheck %s

// CHECK-LABEL: func.func @contractions
func.func @contractions(%x: tensor<1x8x8x4xi8>, %f: tensor<1x64xui8>) {
  %w, %b = "test.op"() : () -> (tensor<16x3x3x4xi8>, tensor<16xi32>)
  // Defaults are not printed.
  // CHECK: qnn.conv2d "plain" %x, %{{.*}}, %{{.*}} requant <multiplier = [77], shift = 20, zero_point = 0, lo = 0, hi = 127, form = narrow, acc_bits = 17> : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x6x6x16xi8>
  %0 = qnn.conv2d "plain" %x, %w, %b requant <multiplier = [77], shift = 20, zero_point = 0, lo = 0, hi = 127, form = narrow, acc_bits = 17> {strides = array<i64: 1, 1>, groups = 1 : i64, layout = "nhwc"} : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x6x6x16xi8>
  // CHECK: qnn.conv2d "all" {{.*}} requant <multiplier = [2147483647], shift = 40, zero_point = 255, lo = 0, hi = 255, form = wide> {strides = array<i64: 2, 1>, pads = array<i64: 1, 2, 0, 3>, dilations = array<i64: 1, 2>, input_zero_point = -3 : i64} : {{.*}} -> tensor<1x4x9x16xui8>
  %1 = qnn.conv2d "all" %x, %w, %b requant <form = wide, hi = 255, lo = 0, zero_point = 255, shift = 40, multiplier = [2147483647]> {strides = array<i64: 2, 1>, pads = array<i64: 1, 2, 0, 3>, dilations = array<i64: 1, 2>, input_zero_point = -3 : i64} : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x4x9x16xui8>
  %d, %c = "test.op"() : () -> (tensor<8x3x3x1xi8>, tensor<8xi32>)
  // CHECK: qnn.conv2d "depthwise" {{.*}} {groups = 4 : i64}
  %2 = qnn.conv2d "depthwise" %x, %d, %c requant <multiplier = [1, 2, 3, 4, 5, 6, 7, 8], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {groups = 4 : i64} : (tensor<1x8x8x4xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x6x6x8xi8>
  %i, %o = "test.op"() : () -> (tensor<1x3x8x8xi8>, tensor<16x3x3x3xi8>)
  // CHECK: qnn.conv2d "channels first" {{.*}} {layout = "nchw"} {{.*}} -> tensor<1x16x6x6xi8>
  %3 = qnn.conv2d "channels first" %i, %o, %b requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {layout = "nchw"} : (tensor<1x3x8x8xi8>, tensor<16x3x3x3xi8>, tensor<16xi32>) -> tensor<1x16x6x6xi8>
  %m, %n = "test.op"() : () -> (tensor<10x64xi8, #nm.sparsity<1:8, axis = 1>>, tensor<10xi32>)
  // CHECK: qnn.matmul "fc" %f, %{{.*}}, %{{.*}} requant <{{.*}}> {input_zero_point = 128 : i64} : (tensor<1x64xui8>, tensor<10x64xi8, #nm.sparsity<1:8, axis = 1>>, tensor<10xi32>) -> tensor<1x10xi8>
  %4 = qnn.matmul "fc" %f, %m, %n requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {input_zero_point = 128 : i64} : (tensor<1x64xui8>, tensor<10x64xi8, #nm.sparsity<1:8, axis = 1>>, tensor<10xi32>) -> tensor<1x10xi8>
  func.return
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<1x4x4x2xi8>, %u: tensor<1x4x4x2xui8>) {
  // CHECK: qnn.add "add" %x, %u {rhs_zero_point = 128 : i64, lhs_multiplier = 1048576 : i64, rhs_multiplier = 524288 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4x4x2xi8>, tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xi8>
  %0 = qnn.add "add" %x, %u {rhs_zero_point = 128 : i64, lhs_multiplier = 1048576 : i64, rhs_multiplier = 524288 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4x4x2xi8>, tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xi8>
  // CHECK: qnn.requantize "re" %x requant <{{.*}}> : tensor<1x4x4x2xi8> -> tensor<1x4x4x2xui8>
  %1 = qnn.requantize "re" %x requant <multiplier = [2097152], shift = 21, zero_point = 128, lo = 0, hi = 255, form = narrow> : tensor<1x4x4x2xi8> -> tensor<1x4x4x2xui8>
  func.return
}

// CHECK-LABEL: func.func @pooling
func.func @pooling(%x: tensor<1x5x5x2xi8>) {
  // CHECK: qnn.max_pool2d "max" %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, ceil_mode} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>
  %0 = qnn.max_pool2d "max" %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, ceil_mode} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>
  // One divisor everywhere: one multiplier.
  // CHECK: qnn.avg_pool2d "global"
  %1 = qnn.avg_pool2d "global" %x requant <multiplier = [83886], shift = 21, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 5, 5>, input_zero_point = 1 : i64} : tensor<1x5x5x2xi8> -> tensor<1x1x1x2xi8>
  // Windows divide by 1, 2 or 4: the multiplier of 3 is not used.
  // CHECK: qnn.avg_pool2d "border"
  %2 = qnn.avg_pool2d "border" %x requant <multiplier = [1048576, 524288, 0, 262144], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>
  // CHECK: qnn.avg_pool2d "padded" {{.*}} {{{.*}}count_include_pad{{.*}}}
  %3 = qnn.avg_pool2d "padded" %x requant <multiplier = [262144], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, count_include_pad} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>
  func.return
}

// CHECK-LABEL: func.func @movement
func.func @movement(%x: tensor<1x5x5x2xi8>, %y: tensor<1x5x5x3xui8>) {
  // CHECK: qnn.reshape "flat" %x : tensor<1x5x5x2xi8> -> tensor<1x50xi8>
  %0 = qnn.reshape "flat" %x : tensor<1x5x5x2xi8> -> tensor<1x50xi8>
  // CHECK: qnn.transpose "turn" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x5x5x2xi8> -> tensor<1x2x5x5xi8>
  %1 = qnn.transpose "turn" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x5x5x2xi8> -> tensor<1x2x5x5xi8>
  // CHECK: qnn.concat "cat" %x, %y {axis = 3 : i64, input_zero_points = array<i64: 0, 128>, requants = [unit, #qnn.requant<{{.*}}>]} : (tensor<1x5x5x2xi8>, tensor<1x5x5x3xui8>) -> tensor<1x5x5x5xi8>
  %2 = qnn.concat "cat" %x, %y {axis = 3 : i64, input_zero_points = array<i64: 0, 128>, requants = [unit, #qnn.requant<multiplier = [1048576], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>]} : (tensor<1x5x5x2xi8>, tensor<1x5x5x3xui8>) -> tensor<1x5x5x5xi8>
  // CHECK: qnn.pad "pad" %y {before = array<i64: 0, 1, 2, 0>, after = array<i64: 0, 0, 1, 0>, value = 128 : i64} : tensor<1x5x5x3xui8> -> tensor<1x6x8x3xui8>
  %3 = qnn.pad "pad" %y {before = array<i64: 0, 1, 2, 0>, after = array<i64: 0, 0, 1, 0>, value = 128 : i64} : tensor<1x5x5x3xui8> -> tensor<1x6x8x3xui8>
  func.return
}

// CHECK-LABEL: func.func @boundary
func.func @boundary(%x: tensor<1x3x2xf32>, %w: tensor<3x2xi8>) {
  // CHECK: qnn.quantize "q" %x {scale = array<f32: 0.0338703096>, zero_point = array<i64: -9>, lo = -9 : i64} : tensor<1x3x2xf32> -> tensor<1x3x2xi8>
  %0 = qnn.quantize "q" %x {scale = array<f32: 0.0338703096>, zero_point = array<i64: -9>, lo = -9 : i64} : tensor<1x3x2xf32> -> tensor<1x3x2xi8>
  // CHECK: qnn.dequantize "dq" %w {scale = array<f32: 5.000000e-01, 2.500000e-01, 1.250000e-01>, zero_point = array<i64: 0, 0, 1>, axis = 0 : i64} : tensor<3x2xi8> -> tensor<3x2xf32>
  %1 = qnn.dequantize "dq" %w {scale = array<f32: 0.5, 0.25, 0.125>, zero_point = array<i64: 0, 0, 1>, axis = 0 : i64} : tensor<3x2xi8> -> tensor<3x2xf32>
  // CHECK: qnn.float "Clip" "clip"(%x) {min = 0.000000e+00 : f32, max = 6.000000e+00 : f32} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  %2 = qnn.float "Clip" "clip" (%x) {min = 0.0 : f32, max = 6.0 : f32} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  // CHECK: qnn.float "Relu" "relu"(%x) {} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  %3 = qnn.float "Relu" "relu" (%x) {} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  func.return
}
