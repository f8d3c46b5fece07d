// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.lookup %m, %m, %m bytes(%i to %i) : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.lookup: a table has 256 bytes, got memref<64xi8>

// -----

%m, %t, %i = "test.op"() : () -> (memref<64xi32>, memref<256xi8>, index)
tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi32>, memref<256xi8>, memref<64xi32>, index
// CHECK: tile.lookup: a buffer is a flat memref of bytes, got memref<64xi32>

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<256xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<256xi8>, memref<64xi8>, index
// CHECK: tile.softmax: a table has 2048 bytes, got memref<256xi8>

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 0, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: length must be positive, got 0

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 4, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: out_pitch is below the length of a row

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 32, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: the shift lies in [1, 31]

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 31, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: element_bits lies in [0, 30]

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 0, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: part must be positive, got 0

// -----

%m, %e, %i = "test.op"() : () -> (memref<64xi8>, memref<2048xi8>, index)
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = 128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
// CHECK: tile.softmax: least lies above most

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<44xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127} : memref<64xi8>, memref<44xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: weights have 40 bytes, got memref<44xi8>

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<40xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 3, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: src_pitch is below the length of a row

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<40xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 0, least = -128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: the shift lies in [1, 31]

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<40xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = 128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: least lies above most

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<40xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 30, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: 30 row_bits are too many for rows of 5 elements

// -----

%m, %w, %i = "test.op"() : () -> (memref<64xi8>, memref<40xi8>, index)
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 15, shift = 20, least = -128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
// CHECK: tile.layer_norm: epsilon_bits must be even and 0 to 30, got 15
