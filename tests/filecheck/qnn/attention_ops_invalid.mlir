// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: are no matrices with equal axes in front
%a, %b = "test.op"() : () -> (tensor<2x3x4xi8>, tensor<1x4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>  : (tensor<2x3x4xi8>, tensor<1x4x3xi8>) -> tensor<2x3x3xi8>

// -----

// CHECK: are no matrices with equal axes in front
%a, %b = "test.op"() : () -> (tensor<4xi8>, tensor<4xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>  : (tensor<4xi8>, tensor<4xi8>) -> tensor<1xi8>

// -----

// CHECK: the left rows have 4 elements, the right columns 3
%a, %b = "test.op"() : () -> (tensor<3x4xi8>, tensor<4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<3x4xi8>, tensor<4x3xi8>) -> tensor<3x3xi8>

// -----

// CHECK: the result has shape [3, 4], expected [3, 3]
%a, %b = "test.op"() : () -> (tensor<3x4xi8>, tensor<4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>  : (tensor<3x4xi8>, tensor<4x3xi8>) -> tensor<3x4xi8>

// -----

// CHECK: rhs_zero_point = 128 lies outside [-128, 127]
%a, %b = "test.op"() : () -> (tensor<3x4xi8>, tensor<4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow> {rhs_zero_point = 128 : i64} : (tensor<3x4xi8>, tensor<4x3xi8>) -> tensor<3x3xi8>

// -----

// CHECK: needs 1 or 1 multipliers, got 3
%a, %b = "test.op"() : () -> (tensor<3x4xi8>, tensor<4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1, 2, 3], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>  : (tensor<3x4xi8>, tensor<4x3xi8>) -> tensor<3x3xi8>

// -----

// CHECK: the narrow form can leave 32 bits in channel 0
%a, %b = "test.op"() : () -> (tensor<3x4xi8>, tensor<4x3xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [100000], shift = 20, zero_point = 0, lo = -128, hi = 127, form = narrow>  : (tensor<3x4xi8>, tensor<4x3xi8>) -> tensor<3x3xi8>

// -----

// CHECK: the accumulator of channel 0 can leave int32
%a, %b = "test.op"() : () -> (tensor<1x140000xi8>, tensor<140000x1xi8>)
%c = qnn.batch_matmul "m" %a, %b requant <multiplier = [1], shift = 40, zero_point = 0, lo = -128, hi = 127, form = wide>  : (tensor<1x140000xi8>, tensor<140000x1xi8>) -> tensor<1x1xi8>

// -----

// CHECK: the table has shape [255], expected [256]
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.lookup "l" %x table dense<1> : tensor<255xi8> : tensor<4xi8> -> tensor<4xi8>

// -----

// CHECK: the table holds ui8, the result i8
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.lookup "l" %x table dense<1> : tensor<256xui8> : tensor<4xi8> -> tensor<4xi8>

// -----

// CHECK: the result has shape [5], expected [4]
%x = "test.op"() : () -> tensor<4xi8>
%y = qnn.lookup "l" %x table dense<1> : tensor<256xi8> : tensor<4xi8> -> tensor<5xi8>

// -----

// CHECK: the result has shape [1, 3], expected [1, 4]
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x3xi8>

// -----

// CHECK: needs an input of rank 1 or more
%x = "test.op"() : () -> tensor<i8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<i8> -> tensor<i8>

// -----

// CHECK: the table has shape [255], expected [256]
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<255xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: the table must start with its largest entry, a power of two; got 7590000
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<7590000> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: value_shift must be 1 to 23, got 24
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 24 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: a partial sum of 4096 elements can leave 32 bits
%x = "test.op"() : () -> tensor<4096xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {part = 4096 : i64, numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<4096xi8> -> tensor<4096xi8>

// -----

// CHECK: the sum of a row of 80000 elements can leave 32 bits
%x = "test.op"() : () -> tensor<80000xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 1 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<80000xi8> -> tensor<80000xi8>

// -----

// CHECK: numerator must be 1 to 2147450880, got 2147483647
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2147483647 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: shift must be 1 to 31, got 0
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 0 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: lo = 1 lies above hi = 0
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = 1 : i64, hi = 0 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: hi = 200 lies outside [-128, 127]
%x = "test.op"() : () -> tensor<1x4xi8>
%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 200 : i64} : tensor<1x4xi8> -> tensor<1x4xi8>

// -----

// CHECK: the gain has shape [3], expected [4]
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<3xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<3xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: the offset has shape [5], expected [4]
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<5xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<5xi32>) -> tensor<1x4xi8>

// -----

// CHECK: rows of 5000 elements are not done, 1 to 4096 are
%x, %g, %b = "test.op"() : () -> (tensor<5000xi8>, tensor<5000xi32>, tensor<5000xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<5000xi8>, tensor<5000xi32>, tensor<5000xi32>) -> tensor<5000xi8>

// -----

// CHECK: epsilon_bits must be even and 0 to 30, got 15
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 15 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: epsilon must not be negative, got -96
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = -96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: the sums with epsilon can leave 62 bits
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 4611686018427387904 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: value_bits must be 0 to row_bits - 1, got 28
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 28 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: 30 row_bits are too many for rows of 4 elements
%x, %g, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>)
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 30 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: channel 0 can leave 32 bits
%x = "test.op"() : () -> tensor<1x4xi8>
%g = arith.constant dense<100000000> : tensor<4xi32>
%b = arith.constant dense<0> : tensor<4xi32>
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: shift must be 1 to 31, got 32
%x = "test.op"() : () -> tensor<1x4xi8>
%g = arith.constant dense<1> : tensor<4xi32>
%b = arith.constant dense<0> : tensor<4xi32>
%y = qnn.layer_norm "n" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 32 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x4xi8>

// -----

// CHECK: axis 1 is read up to index 5 of 5
%x = "test.op"() : () -> tensor<1x5xi8>
%y = qnn.slice "p" %x {offsets = array<i64: 0, 1>, steps = array<i64: 1, 2>} : tensor<1x5xi8> -> tensor<1x3xi8>

// -----

// CHECK: steps must be at least 1, got [0]
%x = "test.op"() : () -> tensor<5xi8>
%y = qnn.slice "p" %x {offsets = array<i64: 0>, steps = array<i64: 0>} : tensor<5xi8> -> tensor<1xi8>

// -----

// CHECK: offsets needs 1 numbers, got 2
%x = "test.op"() : () -> tensor<5xi8>
%y = qnn.slice "p" %x {offsets = array<i64: 0, 0>, steps = array<i64: 1>} : tensor<5xi8> -> tensor<1xi8>

// -----

// CHECK: input and result must have one element type
%x = "test.op"() : () -> tensor<5xi8>
%y = qnn.slice "p" %x {offsets = array<i64: 0>, steps = array<i64: 1>} : tensor<5xi8> -> tensor<1xui8>

// -----

// CHECK: the ranks of tensor<5xi8> and tensor<1x1xi8> differ
%x = "test.op"() : () -> tensor<5xi8>
%y = qnn.slice "p" %x {offsets = array<i64: 0>, steps = array<i64: 1>} : tensor<5xi8> -> tensor<1x1xi8>
