// RUN: nmc-opt %s -p convert-tile-to-micro --split-input-file --verify-diagnostics | filecheck %s

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.pack_records %m, %m records(%i to %i) whole %i {depth = 5, pitch = 8, rest = 4, lhs_zero_point = 0, zero_point = 0, multiplier = 77} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.pack_records: rest lies in [0, 4)

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.pack_records %m, %m records(%i to %i) whole %i {depth = 9, pitch = 8, rest = 0, lhs_zero_point = 0, zero_point = 0, multiplier = 77} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.pack_records: rows of 9 bytes overlap

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.row_starts %m[%i], %m rows(%i to %i) {depth = 5, pitch = 7, factor = -3} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.row_starts: pitch must be a multiple of 4

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) starts %m : memref<64xi8> {kernel = "dense-4x4", beside = 4, taps = 1, cin = 5, a_pitch = 8, out_pitch = 4, requant = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.contract: rows that are grouped take no starts

// -----

%m, %i = "test.op"() : () -> (i32, i32)
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) starts %m : i32 {kernel = "walk-1x1-1:8", taps = 1, cin = 8, a_pitch = 8, out_pitch = 4, requant = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
// CHECK: kernel walk-1x1-1:8 takes no starts of rows; choose a dense kernel
