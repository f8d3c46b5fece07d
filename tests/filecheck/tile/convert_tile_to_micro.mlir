// RUN: nmc-opt %s -p convert-tile-to-micro | filecheck %s

#requant = #tile.requant<shift = 12, zero_point = -3, lo = -3, hi = 127, form = narrow, acc_bits = 0>

// Buffers become addresses, ranges become a pointer and a count; one function serves both calls.
// CHECK-LABEL: func.func @fills
// CHECK:         [[A:%.*]] = cluster.address %m : memref<64xi8, #cluster.space<l1>>
// CHECK:         func.call @fill_7({{.*}}) : (i32, i32) -> ()
// CHECK:         func.call @fill_7(
// CHECK-NOT:     tile.
func.func @fills(%m: memref<64xi8, #cluster.space<l1>>, %lo: index, %hi: index) {
  tile.fill %m bytes(%lo to %hi) {value = 7} : memref<64xi8, #cluster.space<l1>>, index
  tile.fill %m bytes(%lo to %hi) {value = 7} : memref<64xi8, #cluster.space<l1>>, index
  func.return
}

// Constants fold: row 2 of pitch 36 and record 1 of 4 * (8 + 36) bytes.
// CHECK-LABEL: func.func @contract
// CHECK-DAG:     arith.constant 72 : i32
// CHECK-DAG:     arith.constant 176 : i32
// CHECK:         func.call @contract_dense_4x4_t9_c4_a36_o8_s12zn3_n3to127_i8(
func.func @contract(%a: i32, %w: i32, %out: i32, %rows: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  tile.contract %a[%c2], %w, %out[%c0] rows(%c0 to %rows) records(%c1 to %c2) {kernel = "dense-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 8, requant = #requant} : i32, i32, i32, i32
  func.return
}

// CHECK-LABEL: func.func @sparse
// CHECK:         func.call @contract_xdecimate_1x2_1of8_t1_c32_a32_o8_s12zn3_n3to127_u8(
func.func @sparse(%a: i32, %w: i32, %out: i32, %rows: i32) {
  %c0 = arith.constant 0 : i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "xdecimate-1x2-1:8", taps = 1, cin = 32, a_pitch = 32, out_pitch = 8, unsigned_input, requant = #requant} : i32, i32, i32, i32
  func.return
}

// CHECK-LABEL: func.func @fill_7(%dst: i32, %count: i32) attributes {nmc.kernel = "fill_7"}
// CHECK:         scf.for
// CHECK:           micro.store

// The inner loop: weights of four channels from one pointer, a word of each of four pixels.
// CHECK-LABEL: func.func @contract_dense_4x4
// CHECK-COUNT-4: micro.load {{.*}} as i32
// CHECK:         scf.for
// CHECK-COUNT-8: micro.load {{.*}} as vector<4xi8>
// CHECK-COUNT-4: micro.dot
// CHECK:         scf.yield
// CHECK:         micro.requantize_pack
// CHECK:         micro.max

// CHECK-LABEL: func.func @contract_xdecimate
// CHECK:         micro.gather_reset
// CHECK:         micro.gather {{.*}} counted field 0 of 1 in 8 width 4 copies 2 : i32, i32 -> vector<4xui8>, vector<4xui8>

// Rows are lines of three outputs: a column's three halfwords become a word a channel, and each of
// the window's columns meets it once, for the output that ends and for those under way.
// CHECK-LABEL: func.func @depthwise_line_3x3_t15_d1_p8_a120_o24_s12zn3_n3to127_i8
// CHECK:         scf.for
// CHECK-COUNT-2:   micro.load {{.*}} as i32
// CHECK-COUNT-6:   micro.load {{.*}} as vector<4xi8>
// CHECK:           scf.for
// CHECK-COUNT-6:     micro.load {{.*}} as ui16
// CHECK:             scf.for
// CHECK-COUNT-3:       micro.load {{.*}} as ui16
// CHECK-COUNT-3:       micro.shuffle
// CHECK:               micro.dot
// CHECK:               micro.requantize
// CHECK:               micro.store {{.*}} as i8
// CHECK:               micro.dot
// CHECK:               micro.requantize
// CHECK:               micro.store {{.*}} as i8
// CHECK-COUNT-4:       micro.dot
// CHECK-NOT:           micro.dot
// CHECK:               scf.yield
func.func @lines(%a: i32, %w: i32, %out: i32, %rows: i32) {
  %c0 = arith.constant 0 : i32
  %c4 = arith.constant 4 : i32
  tile.depthwise %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %c4) {kernel = "depthwise-line-3x3", taps = 15, channels = 8, depth_multiplier = 1, tap_pitch = 8, a_pitch = 120, out_pitch = 24, requant = #requant} : i32, i32, i32, i32
  func.return
}
