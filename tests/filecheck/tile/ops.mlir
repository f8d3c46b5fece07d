// RUN: nmc-opt %s | nmc-opt | filecheck %s

#window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>
#requant = #tile.requant<shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
%a, %j = "test.op"() : () -> (i32, i32)

// CHECK: tile.im2col %m, %m, %i, %i pixels(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, tap_pitch = 4 : i64, row_pitch = 36 : i64, pad_value = 253 : i64} : memref<64xi8>, memref<64xi8>, index
tile.im2col %m, %m, %i, %i pixels(%i to %i) {window = #window, tap_pitch = 4, row_pitch = 36, pad_value = 253} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.im2col {{.*}}interleave = 16 : i64
tile.im2col %m, %m, %i, %i pixels(%i to %i) {window = #window, tap_pitch = 4, row_pitch = 36, pad_value = 253, interleave = 16} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) shared {window = #tile.window<{{.*}}>, lane_rows = 4 : i64, lane_columns = 4 : i64, tap_pitch = 4 : i64, slab = 4 : i64, pad_value = 253 : i64} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) shared {window = #window, lane_rows = 4, lane_columns = 4, tap_pitch = 4, slab = 4, pad_value = 253} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// CHECK: tile.interleave {{.*}} slabs(%i to %i) {window
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #window, lane_rows = 1, lane_columns = 4, tap_pitch = 8, slab = 8, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// CHECK: tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "dense-4x4", {{.*}}unsigned_input
// CHECK-SAME: requant = #tile.requant<shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "dense-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 8, unsigned_input, requant = #requant} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// CHECK: tile.contract {{.*}}a_step = 192 : i64, out_step = 32 : i64
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "pair-1x16-1:8", taps = 9, cin = 4, a_pitch = 72, out_pitch = 8, requant = #requant, a_step = 192, out_step = 32} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// CHECK: tile.contract {{.*}}a_step = 216 : i64, out_step = 1 : i64, beside = 4 : i64, out_lane = 7 : i64
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "dense-4x4", taps = 9, cin = 12, a_pitch = 36, out_pitch = 8, requant = #requant, a_step = 216, out_step = 1, beside = 4, out_lane = 7} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// Buffers may be addresses, positions words.
// CHECK: tile.depthwise %a[%j], %a, %a[%j] rows(%j to %j) records(%j to %j) {{.*}} : i32, i32, i32, i32
tile.depthwise %a[%j], %a, %a[%j] rows(%j to %j) records(%j to %j) {kernel = "depthwise-4", taps = 9, channels = 4, depth_multiplier = 1, tap_pitch = 4, a_pitch = 36, out_pitch = 8, requant = #requant} : i32, i32, i32, i32

// CHECK: tile.pool %m[%i], %m[%i], %i rows(%i to %i) groups(%i to %i) {kind = "max"
tile.pool %m[%i], %m[%i], %i rows(%i to %i) groups(%i to %i) {kind = "max", taps = 4, tap_pitch = 4, a_pitch = 16, out_pitch = 4} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.pool {{.*}}kind = "avg"{{.*}}multipliers = array<i32: 1, 2, 3, 4>
tile.pool %m[%i], %m[%i], %i rows(%i to %i) groups(%i to %i) {kind = "avg", taps = 4, tap_pitch = 4, a_pitch = 16, out_pitch = 4, input_zero_point = -3, multipliers = array<i32: 1, 2, 3, 4>, requant = #requant, counted = #window} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.add %m, %m, %m bytes(%i to %i) {a_zero_point = 3 : i64
tile.add %m, %m, %m bytes(%i to %i) {a_zero_point = 3, b_zero_point = 0, a_multiplier = 8000, b_multiplier = 9000, requant = #requant} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index

// CHECK: tile.requantize %m, %m bytes(%i to %i) {input_zero_point = 0 : i64, multiplier = 12345 : i64
tile.requantize %m, %m bytes(%i to %i) {input_zero_point = 0, multiplier = 12345, requant = #requant} : memref<64xi8>, memref<64xi8>, index

// CHECK: tile.fill %m bytes(%i to %i) {value = 7 : i64} : memref<64xi8>, index
tile.fill %m bytes(%i to %i) {value = 7} : memref<64xi8>, index

// CHECK: tile.transpose %m, %m columns(%i to %i) {rows = 3 : i64, columns = 4 : i64, bytes = 1 : i64} : memref<64xi8>, memref<64xi8>, index
tile.transpose %m, %m columns(%i to %i) {rows = 3, columns = 4, bytes = 1} : memref<64xi8>, memref<64xi8>, index
