// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: the result has shape [1, 8, 8, 16], expected [1, 6, 6, 16]
%x, %w, %b = "test.op"() : () -> (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>

// -----

// CHECK: the bias has shape [8], expected [16]
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<8xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<8xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: groups must be 1 or the 4 input channels, not 2
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x2xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {groups = 2 : i64} : (tensor<1x3x3x4xi8>, tensor<16x3x3x2xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: weights tensor<16x3x3x3xi8> do not fit 4 input channels in 1 groups
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x3xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x3x3x4xi8>, tensor<16x3x3x3xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: the batch must be 1, got 2
%x, %w, %b = "test.op"() : () -> (tensor<2x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<2x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<2x1x1x16xi8>

// -----

// CHECK: layout must be nhwc or nchw, not 'chwn'
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {layout = "chwn"} : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: pads needs 4 numbers, got 2
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {pads = array<i64: 1, 1>} : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: strides must be at least 1, got [0, 1]
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {strides = array<i64: 0, 1>} : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: needs 1 or 16 multipliers, got 2
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1, 2], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: hi = 255 lies outside [-128, 127]
%x, %w, %b = "test.op"() : () -> (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 255, form = narrow> : (tensor<1x3x3x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x1x1x16xi8>

// -----

// CHECK: input_zero_point = 128 lies outside [-128, 127]
%x, %w, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>)
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> {input_zero_point = 128 : i64} : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>

// -----

// CHECK: the input's rows have 4 elements, the weights' 5
%x, %w, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<2x5xi8>, tensor<2xi32>)
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x4xi8>, tensor<2x5xi8>, tensor<2xi32>) -> tensor<1x2xi8>

// -----

// CHECK: elements must be i8 or ui8, got i16
%x, %w, %b = "test.op"() : () -> (tensor<1x4xi16>, tensor<2x4xi8>, tensor<2xi32>)
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = 0, hi = 127, form = narrow> : (tensor<1x4xi16>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi8>

// -----

// With constants the requantisation is proved: 2 * 127 * 128 * 70000 is over 2^31.
// CHECK: the narrow form can leave 32 bits in channel 1
%x = "test.op"() : () -> tensor<1x2xi8>
%w = arith.constant dense<[[1, 1], [127, 127]]> : tensor<2x2xi8>
%b = arith.constant dense<0> : tensor<2xi32>
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [70000], shift = 24, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi8>

// -----

// 15 bits cut at 16383, which is 64 at this scale: not yet the bound.
// CHECK: saturating to 15 bits changes results of channel 0
%x = "test.op"() : () -> tensor<1x2xi8>
%w = arith.constant dense<127> : tensor<2x2xi8>
%b = arith.constant dense<0> : tensor<2xi32>
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [256], shift = 16, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 15> : (tensor<1x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi8>

// -----

// CHECK: the accumulator of channel 0 can leave int32
%x = "test.op"() : () -> tensor<1x2xi8>
%w = arith.constant dense<127> : tensor<1x2xi8>
%b = arith.constant dense<2147483647> : tensor<1xi32>
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [256], shift = 40, zero_point = 0, lo = -128, hi = 127, form = wide> : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi8>

// -----

// CHECK: the wide form can leave 32 bits in channel 0: saturate the accumulator
%x = "test.op"() : () -> tensor<1x2xi8>
%w = arith.constant dense<127> : tensor<1x2xi8>
%b = arith.constant dense<65536> : tensor<1xi32>
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [256], shift = 18, zero_point = 0, lo = -128, hi = 127, form = wide> : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi8>

// -----

// CHECK: the clamped form needs multipliers below a quarter of 2^shift
%x = "test.op"() : () -> tensor<1x2xi8>
%w = arith.constant dense<127> : tensor<1x2xi8>
%b = arith.constant dense<0> : tensor<1xi32>
%y = qnn.matmul "m" %x, %w, %b requant <multiplier = [16384], shift = 16, zero_point = 0, lo = -128, hi = 127, form = clamped> : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi8>

// -----

// CHECK: lhs_multiplier must lie in [0, 2^21), got 2097152
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.add "a" %x, %x {lhs_multiplier = 2097152 : i64, rhs_multiplier = 1 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>

// -----

// CHECK: the sum can leave 32 bits: use a smaller shift
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.add "a" %x, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 31 : i64, zero_point = 3 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>

// -----

// CHECK: shift must be 1 to 31, got 0
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.add "a" %x, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 0 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>

// -----

// CHECK: the right operand has shape [5], expected [4]
%x, %z = "test.op"() : () -> (tensor<4xi8>, tensor<5xi8>)
%y = qnn.add "a" %x, %z {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4xi8>, tensor<5xi8>) -> tensor<4xi8>

// -----

// CHECK: a window lies wholly in the padding
%x = "test.op"() : () -> tensor<1x4x4x2xi8>
%y = qnn.max_pool2d "p" %x {kernel = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 0>} : tensor<1x4x4x2xi8> -> tensor<1x5x4x2xi8>

// -----

// CHECK: input and result must have one element type
%x = "test.op"() : () -> tensor<1x4x4x2xi8>
%y = qnn.max_pool2d "p" %x {kernel = array<i64: 1, 1>} : tensor<1x4x4x2xi8> -> tensor<1x4x4x2xui8>

// -----

// CHECK: windows divide by [1, 2, 4]: one multiplier is not enough
%x = "test.op"() : () -> tensor<1x5x5x2xi8>
%y = qnn.avg_pool2d "p" %x requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>

// -----

// CHECK: windows divide by 2, but its multiplier is 0
%x = "test.op"() : () -> tensor<1x5x5x2xi8>
%y = qnn.avg_pool2d "p" %x requant <multiplier = [1, 0, 0, 1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>} : tensor<1x5x5x2xi8> -> tensor<1x3x3x2xi8>

// -----

// CHECK: differ in their number of elements
%x = "test.op"() : () -> tensor<4x4xi8>
%y = qnn.reshape "r" %x : tensor<4x4xi8> -> tensor<15xi8>

// -----

// CHECK: [0, 0] is no permutation of 2 axes
%x = "test.op"() : () -> tensor<4x4xi8>
%y = qnn.transpose "t" %x {permutation = array<i64: 0, 0>} : tensor<4x4xi8> -> tensor<4x4xi8>

// -----

// CHECK: the inputs fill 4 of 5 along axis 1
%x = "test.op"() : () -> tensor<4x2xi8>
%y = qnn.concat "c" %x, %x {axis = 1 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<4x2xi8>, tensor<4x2xi8>) -> tensor<4x5xi8>

// -----

// CHECK: needs a requantisation to the result
%x, %z = "test.op"() : () -> (tensor<4x2xi8>, tensor<4x2xui8>)
%y = qnn.concat "c" %x, %z {axis = 1 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<4x2xi8>, tensor<4x2xui8>) -> tensor<4x4xi8>

// -----

// CHECK: before must be at least 0, got [-1]
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.pad "p" %x {before = array<i64: -1>, after = array<i64: 0>} : tensor<4xi8> -> tensor<3xi8>

// -----

// CHECK: needs 3 scales, got 2
%x = "test.op"() : () -> tensor<3x2xi8>
%y = qnn.dequantize "d" %x {scale = array<f32: 0.5, 0.25>, zero_point = array<i64: 0, 0>, axis = 0 : i64} : tensor<3x2xi8> -> tensor<3x2xf32>

// -----

// CHECK: scales must be positive and below a million
%x = "test.op"() : () -> tensor<3x2xi8>
%y = qnn.dequantize "d" %x {scale = array<f32: 0.0>, zero_point = array<i64: 0>} : tensor<3x2xi8> -> tensor<3x2xf32>

// -----

// CHECK: int32 values have zero-point 0
%x = "test.op"() : () -> tensor<3xi32>
%y = qnn.dequantize "d" %x {scale = array<f32: 1.0>, zero_point = array<i64: 1>} : tensor<3xi32> -> tensor<3xf32>

// -----

// CHECK: i16 is no quantised type (i8, ui8 or i32)
%x = "test.op"() : () -> tensor<3xi16>
%y = qnn.dequantize "d" %x {scale = array<f32: 1.0>, zero_point = array<i64: 1>} : tensor<3xi16> -> tensor<3xf32>
