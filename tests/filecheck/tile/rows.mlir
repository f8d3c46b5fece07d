// RUN: nmc-opt %s | nmc-opt | filecheck %s

%m, %t, %i = "test.op"() : () -> (memref<64xi8>, memref<256xi8>, index)
%e = "test.op"() : () -> memref<2048xi8>
%w = "test.op"() : () -> memref<40xi8>
%a, %j = "test.op"() : () -> (i32, i32)

// CHECK: tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi8>, memref<256xi8>, memref<64xi8>, index
tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi8>, memref<256xi8>, memref<64xi8>, index

// Buffers may be addresses, positions words.
// CHECK: tile.lookup %a, %a, %a bytes(%j to %j) : i32, i32, i32, i32
tile.lookup %a, %a, %a bytes(%j to %j) : i32, i32, i32, i32

// CHECK: tile.softmax %m, %e, %m rows(%i to %i) {length = 5 : i64, src_pitch = 8 : i64, out_pitch = 5 : i64, numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, element_bits = 15 : i64, part = 256 : i64, zero_point = -128 : i64, least = -128 : i64, most = 127 : i64} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index
tile.softmax %m, %e, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : memref<64xi8>, memref<2048xi8>, memref<64xi8>, index

// The least row.
// CHECK: tile.softmax %a, %a, %a rows(%j to %j) {length = 1 : i64, {{.*}}, unsigned_input} : i32, i32, i32, i32
tile.softmax %a, %a, %a rows(%j to %j) {length = 1, src_pitch = 1, out_pitch = 1, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = 0, least = 0, most = 255, unsigned_input} : i32, i32, i32, i32

// CHECK: tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5 : i64, src_pitch = 8 : i64, out_pitch = 5 : i64, row_bits = 25 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, least = -128 : i64, most = 127 : i64} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index
tile.layer_norm %m, %w, %m rows(%i to %i) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127} : memref<64xi8>, memref<40xi8>, memref<64xi8>, index

// CHECK: tile.layer_norm %a, %a, %a rows(%j to %j) {length = 1 : i64, {{.*}}, unsigned_input} : i32, i32, i32, i32
tile.layer_norm %a, %a, %a rows(%j to %j) {length = 1, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127, unsigned_input} : i32, i32, i32, i32
