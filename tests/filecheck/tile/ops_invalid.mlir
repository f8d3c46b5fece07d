// RUN: nmc-opt %s --split-input-file --verify-diagnostics --parsing-diagnostics | filecheck %s

%m, %i = "test.op"() : () -> (memref<8x8xi8>, index)
tile.fill %m bytes(%i to %i) {value = 7} : memref<8x8xi8>, index
// CHECK: tile.fill: a buffer is a flat memref of bytes, got memref<8x8xi8>

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.fill %m bytes(%i to %i) {value = -1} : memref<64xi8>, index
// CHECK: tile.fill: value is a byte, 0..255

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "dense-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 7, requant = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.contract: out_pitch must be a multiple of 4

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.contract %m[%i], %m, %m[%i] rows(%i to %i) records(%i to %i) {kernel = "dense-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 8, beside = 3, requant = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.contract: beside is a power of two

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.im2col %m, %m, %i, %i pixels(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, tap_pitch = 4, row_pitch = 32, pad_value = 0} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.im2col: row_pitch is below taps * tap_pitch

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.pool %m[%i], %m[%i], %i rows(%i to %i) groups(%i to %i) {kind = "avg", taps = 4, tap_pitch = 4, a_pitch = 16, out_pitch = 4} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.pool: an average needs requant, multipliers and input_zero_point

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.pool %m[%i], %m[%i], %i rows(%i to %i) groups(%i to %i) {kind = "min", taps = 4, tap_pitch = 4, a_pitch = 16, out_pitch = 4} : memref<64xi8>, memref<64xi8>, index
// CHECK: tile.pool: kind is max or avg, not min

// -----

"test.op"() {bad = #tile.requant<shift = 40, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : () -> ()
// CHECK: a narrow shift lies in [1, 32), got 40

// -----

"test.op"() {bad = #tile.requant<shift = 12, zero_point = 0, lo = -128, hi = 127, form = slim, acc_bits = 0>} : () -> ()
// CHECK: form is narrow, clamped or wide, not slim

// -----

"test.op"() {bad = #tile.requant<shift = 4, zero_point = 0, lo = -1, hi = 200, form = narrow, acc_bits = 0>} : () -> ()
// CHECK: bounds fit neither int8 nor uint8

// -----

"test.op"() {bad = #tile.window<image = [8, 0], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>} : () -> ()
// CHECK: sizes, strides and dilations must be positive

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, lane_rows = 4, lane_columns = 3, tap_pitch = 4, slab = 4, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: four lanes lie in a row or fill rows

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, lane_rows = 1, lane_columns = 4, tap_pitch = 3, slab = 3, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: tap_pitch is below the number of channels

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, lane_rows = 1, lane_columns = 4, tap_pitch = 8, slab = 4, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: a slab is a whole tap

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) shared {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [2, 1], out_width = 4>, lane_rows = 1, lane_columns = 4, tap_pitch = 4, slab = 4, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: dilated kernel rows are not neighbours

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, lane_rows = 1, lane_columns = 4, tap_pitch = 4, slab = 4, pad_value = 256} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: pad_value is a byte

// -----

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.interleave %m, %m, %m, %i rows(%i to %i) slabs(%i to %i) {window = #tile.window<image = [8, 9], channels = 4, kernel = [3, 3], strides = [1, 2], pads = [1, 0], dilations = [1, 1], out_width = 4>, lane_rows = 0, lane_columns = 4, tap_pitch = 4, slab = 4, pad_value = 0} : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.interleave: lane_rows must be positive, got 0
