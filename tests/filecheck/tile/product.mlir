// RUN: nmc-opt %s | nmc-opt | filecheck %s

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
%a, %j = "test.op"() : () -> (i32, i32)

// CHECK: tile.pack_records %m, %m records(%i to %i) whole %i {depth = 5 : i64, pitch = 8 : i64, rest = 3 : i64, lhs_zero_point = -1 : i64, zero_point = 2 : i64, multiplier = 77 : i64} : memref<64xi8>, memref<64xi8>, index
tile.pack_records %m, %m records(%i to %i) whole %i {depth = 5, pitch = 8, rest = 3, lhs_zero_point = -1, zero_point = 2, multiplier = 77} : memref<64xi8>, memref<64xi8>, index

// A column is read at the pitch: it may be longer than that.
// CHECK: tile.pack_records %a, %a records(%j to %j) whole %j {{{.*}}columns, unsigned_input} : i32, i32, i32
tile.pack_records %a, %a records(%j to %j) whole %j {depth = 50, pitch = 8, rest = 0, lhs_zero_point = 0, zero_point = 0, multiplier = 77, columns, unsigned_input} : i32, i32, i32

// CHECK: tile.row_starts %m[%i], %m rows(%i to %i) {depth = 5 : i64, pitch = 8 : i64, factor = -3 : i64} : memref<64xi8>, memref<64xi8>, index
tile.row_starts %m[%i], %m rows(%i to %i) {depth = 5, pitch = 8, factor = -3} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) starts %m : memref<64xi8> {kernel = "dense-4x4"
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) starts %m : memref<64xi8> {kernel = "dense-4x4", taps = 1, cin = 5, a_pitch = 8, out_pitch = 4, requant = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
