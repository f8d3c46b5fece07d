// RUN: nmc-opt %s -p fold-qdq --split-input-file | filecheck %s

// Conv and Relu between quantisations: Relu becomes a bound, the zero-point goes into the bias
// (100 + 3 * 2), and the border of @main becomes integers.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%x: tensor<1x1x2x2xi8> {nmc.model_dtype = "float32", nmc.name = "image", nmc.scale = 5.000000e-01 : f32, nmc.zero_point = -3 : i64})
// CHECK-SAME:    -> (tensor<1x2x2x2xi8> {nmc.model_dtype = "float32", nmc.scale = 1.000000e+00 : f32, nmc.zero_point = -128 : i64})
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{.*}}2{{.*}}-2{{.*}}> : tensor<2x1x1x1xi8>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<{{\[}}106, -14]> : tensor<2xi32>
// CHECK:         qnn.conv2d "conv" %x, %[[W]], %[[B]] requant <multiplier = [{{[0-9]+}}, {{[0-9]+}}], shift = {{[0-9]+}}, zero_point = -128, lo = -128, hi = 127, form = narrow> {input_zero_point = -3 : i64, layout = "nchw"}
// CHECK-NOT:     qnn.float
func.func @main(%x: tensor<1x1x2x2xf32> {nmc.name = "image", nmc.model_dtype = "float32"}) -> tensor<1x2x2x2xf32> {
  %q = qnn.quantize "x.q" %x {scale = array<f32: 0.5>, zero_point = array<i64: -3>} : tensor<1x1x2x2xf32> -> tensor<1x1x2x2xi8>
  %xr = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: -3>} : tensor<1x1x2x2xi8> -> tensor<1x1x2x2xf32>
  %w = arith.constant dense<[[[[2]]], [[[-2]]]]> : tensor<2x1x1x1xi8>
  %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 0.25, 0.5>, zero_point = array<i64: 0, 0>, axis = 0 : i64} : tensor<2x1x1x1xi8> -> tensor<2x1x1x1xf32>
  %b = arith.constant dense<[100, -8]> : tensor<2xi32>
  %br = qnn.dequantize "b.dq" %b {scale = array<f32: 0.125, 0.25>, zero_point = array<i64: 0, 0>, axis = 0 : i64} : tensor<2xi32> -> tensor<2xf32>
  %c = qnn.float "Conv" "conv" (%xr, %wr, %br) {kernel_shape = array<i64: 1, 1>} : (tensor<1x1x2x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %r = qnn.float "Relu" "relu" (%c) {} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %y = qnn.quantize "y.q" %r {scale = array<f32: 1.0>, zero_point = array<i64: -128>} : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xi8>
  %yr = qnn.dequantize "y.dq" %y {scale = array<f32: 1.0>, zero_point = array<i64: -128>} : tensor<1x2x2x2xi8> -> tensor<1x2x2x2xf32>
  func.return %yr : tensor<1x2x2x2xf32>
}

// -----

// A float bias is rounded half to even in units of s_x * s_w (2.5 -> 2, 3.5 -> 4); Gemm's transB and
// MatMul's order both end as [N, K].
// CHECK-LABEL: func.func @dense
// CHECK-DAG:     arith.constant dense<{{\[}}2, 4]> : tensor<2xi32>
// CHECK:         qnn.matmul "gemm" {{.*}} : (tensor<1x3xi8>, tensor<2x3xi8>, tensor<2xi32>) -> tensor<1x2xui8>
// CHECK-DAG:     arith.constant dense<{{\[\[}}1, 3, 5], [2, 4, 6]]> : tensor<2x3xi8>
// CHECK:         qnn.matmul "matmul" {{.*}} : (tensor<1x3xi8>, tensor<2x3xi8>, tensor<2xi32>) -> tensor<1x2xi8>
func.func @dense(%q: tensor<1x3xi8>) -> (tensor<1x2xui8>, tensor<1x2xi8>) {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x3xi8> -> tensor<1x3xf32>
  %w = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>
  %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 2.0>, zero_point = array<i64: 0>} : tensor<2x3xi8> -> tensor<2x3xf32>
  %b = arith.constant dense<[2.5, 3.5]> : tensor<2xf32>
  %g = qnn.float "Gemm" "gemm" (%x, %wr, %b) {transB = 1 : i64, alpha = 1.0 : f32, beta = 1.0 : f32} : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = qnn.quantize "g.q" %g {scale = array<f32: 4.0>, zero_point = array<i64: 128>} : tensor<1x2xf32> -> tensor<1x2xui8>
  %v = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi8>
  %vr = qnn.dequantize "v.dq" %v {scale = array<f32: 2.0, 1.0>, zero_point = array<i64: 0, 0>, axis = 1 : i64} : tensor<3x2xi8> -> tensor<3x2xf32>
  %m = qnn.float "MatMul" "matmul" (%x, %vr) {} : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %z = qnn.quantize "m.q" %m {scale = array<f32: 4.0>, zero_point = array<i64: 1>} : tensor<1x2xf32> -> tensor<1x2xi8>
  func.return %y, %z : tensor<1x2xui8>, tensor<1x2xi8>
}

// -----

// A chain without quantisations in between: GlobalAveragePool, Flatten, and Add, Clip.
// CHECK-LABEL: func.func @chains
// CHECK:         %[[P:.*]] = qnn.avg_pool2d "gap" %q requant <multiplier = [{{[0-9]+}}], {{.*}}> {input_zero_point = 1 : i64, kernel = array<i64: 2, 2>, layout = "nchw"} : tensor<1x3x2x2xi8> -> tensor<1x3x1x1xi8>
// CHECK-NEXT:    qnn.reshape "flat" %[[P]] : tensor<1x3x1x1xi8> -> tensor<1x3xi8>
// CHECK-NEXT:    qnn.add "add" %q, %s {lhs_zero_point = 1 : i64, rhs_zero_point = 1 : i64, lhs_multiplier = 1048576 : i64, rhs_multiplier = 1048576 : i64, shift = 21 : i64, zero_point = -1 : i64, lo = -1 : i64, hi = 5 : i64}
func.func @chains(%q: tensor<1x3x2x2xi8>, %s: tensor<1x3x2x2xi8>) -> (tensor<1x3xi8>, tensor<1x3x2x2xi8>) {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x3x2x2xi8> -> tensor<1x3x2x2xf32>
  %g = qnn.float "GlobalAveragePool" "gap" (%x) {} : (tensor<1x3x2x2xf32>) -> tensor<1x3x1x1xf32>
  %f = qnn.float "Flatten" "flat" (%g) {axis = 1 : i64} : (tensor<1x3x1x1xf32>) -> tensor<1x3xf32>
  %y = qnn.quantize "f.q" %f {scale = array<f32: 0.25>, zero_point = array<i64: 0>} : tensor<1x3xf32> -> tensor<1x3xi8>
  %t = qnn.dequantize "s.dq" %s {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x3x2x2xi8> -> tensor<1x3x2x2xf32>
  %a = qnn.float "Add" "add" (%x, %t) {} : (tensor<1x3x2x2xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  %c = qnn.float "Clip" "clip" (%a) {min = 0.0 : f32, max = 6.0 : f32} : (tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  %z = qnn.quantize "c.q" %c {scale = array<f32: 1.0>, zero_point = array<i64: -1>} : tensor<1x3x2x2xf32> -> tensor<1x3x2x2xi8>
  func.return %y, %z : tensor<1x3xi8>, tensor<1x3x2x2xi8>
}

// -----

// What moves data passes quantised; a lone Relu clamps, as early as it can.
// CHECK-LABEL: func.func @passing
// CHECK-NEXT:    %[[M:.*]] = qnn.max_pool2d "max" %q {kernel = array<i64: 2, 2>, layout = "nchw"}
// CHECK-NEXT:    %[[R:.*]] = qnn.requantize "t.q" %[[M]] requant <multiplier = [16777216], shift = 24, zero_point = 1, lo = 1, hi = 127, form = narrow> {input_zero_point = 1 : i64}
// CHECK-NEXT:    %[[P:.*]] = qnn.pad "pad" %[[R]] {before = array<i64: 0, 0, 1, 0>, after = array<i64: 0, 0, 0, 0>, value = 3 : i64}
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "turn" %[[P]] {permutation = array<i64: 0, 1, 3, 2>}
// CHECK-NEXT:    func.return %[[T]]
func.func @passing(%q: tensor<1x1x3x3xi8>) -> tensor<1x1x2x3xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x1x3x3xi8> -> tensor<1x1x3x3xf32>
  %m = qnn.float "MaxPool" "max" (%x) {kernel_shape = array<i64: 2, 2>} : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  %p = qnn.float "Pad" "pad" (%m) {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, value = 1.0 : f32} : (tensor<1x1x2x2xf32>) -> tensor<1x1x3x2xf32>
  %t = qnn.float "Transpose" "turn" (%p) {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x1x3x2xf32>) -> tensor<1x1x2x3xf32>
  %r = qnn.float "Relu" "relu" (%t) {} : (tensor<1x1x2x3xf32>) -> tensor<1x1x2x3xf32>
  %y = qnn.quantize "t.q" %r {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x1x2x3xf32> -> tensor<1x1x2x3xi8>
  func.return %y : tensor<1x1x2x3xi8>
}

// -----

// Concat requantises the input whose scale is another.
// CHECK-LABEL: func.func @concat
// CHECK-NEXT:    %[[B:.*]] = qnn.requantize "cat.in1" %b
// CHECK-NEXT:    qnn.concat "cat" %a, %[[B]] {axis = 1 : i64
func.func @concat(%a: tensor<1x1x2x2xi8>, %b: tensor<1x2x2x2xi8>) -> tensor<1x3x2x2xi8> {
  %x = qnn.dequantize "x.dq" %a {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x1x2x2xi8> -> tensor<1x1x2x2xf32>
  %y = qnn.dequantize "y.dq" %b {scale = array<f32: 0.25>, zero_point = array<i64: 1>} : tensor<1x2x2x2xi8> -> tensor<1x2x2x2xf32>
  %c = qnn.float "Concat" "cat" (%x, %y) {axis = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x3x2x2xf32>
  %z = qnn.quantize "c.q" %c {scale = array<f32: 0.5>, zero_point = array<i64: 1>} : tensor<1x3x2x2xf32> -> tensor<1x3x2x2xi8>
  func.return %z : tensor<1x3x2x2xi8>
}

// -----

// A constant per channel added to a product is its bias; added to an activation it is a depthwise
// convolution with weight 127.
// CHECK-LABEL: func.func @add_constant
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<{{\[}}10, 20]> : tensor<2xi32>
// CHECK:         qnn.matmul "matmul" %q, {{.*}}, %[[B]]
// CHECK-DAG:     arith.constant dense<127> : tensor<2x1x1x1xi8>
// CHECK-DAG:     arith.constant dense<{{\[}}1270, 2540]> : tensor<2xi32>
// CHECK:         qnn.conv2d "shift" {{.*}} {groups = 2 : i64}
func.func @add_constant(%q: tensor<1x2xi8>) -> (tensor<1x2xi8>, tensor<1x2xi8>) {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %v = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>
  %vr = qnn.dequantize "v.dq" %v {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<2x2xi8> -> tensor<2x2xf32>
  %m = qnn.float "MatMul" "matmul" (%x, %vr) {} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %b = arith.constant dense<[[5.0, 10.0]]> : tensor<1x2xf32>
  %a = qnn.float "Add" "bias" (%m, %b) {} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = qnn.quantize "a.q" %a {scale = array<f32: 4.0>, zero_point = array<i64: 0>} : tensor<1x2xf32> -> tensor<1x2xi8>
  %s = qnn.float "Add" "shift" (%x, %b) {} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = qnn.quantize "s.q" %s {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x2xf32> -> tensor<1x2xi8>
  func.return %y, %z : tensor<1x2xi8>, tensor<1x2xi8>
}

// -----

// A quantised float constant, as a weight may be stored, is folded first.
// CHECK-LABEL: func.func @float_weights
// CHECK-DAG:     arith.constant dense<{{\[\[}}2, -4]]> : tensor<1x2xi8>
// CHECK:         qnn.matmul "gemm"
func.func @float_weights(%q: tensor<1x2xi8>) -> tensor<1x1xi8> {
  %x = qnn.dequantize "x.dq" %q {scale = array<f32: 0.5>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %w = arith.constant dense<[[0.5, -1.0]]> : tensor<1x2xf32>
  %wq = qnn.quantize "w.q" %w {scale = array<f32: 0.25>, zero_point = array<i64: 0>} : tensor<1x2xf32> -> tensor<1x2xi8>
  %wr = qnn.dequantize "w.dq" %wq {scale = array<f32: 0.25>, zero_point = array<i64: 0>} : tensor<1x2xi8> -> tensor<1x2xf32>
  %g = qnn.float "Gemm" "gemm" (%x, %wr) {transB = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  %y = qnn.quantize "g.q" %g {scale = array<f32: 1.0>, zero_point = array<i64: 0>} : tensor<1x1xf32> -> tensor<1x1xi8>
  func.return %y : tensor<1x1xi8>
}
