// RUN: nmc-opt %s -p convert-tile-to-micro | filecheck %s

// Clamped, the zero point and the bounds are in the packed weights: whichever they are, and however
// narrow, one function serves both calls. The sign of outputs is not there.
// CHECK-LABEL: func.func @contract
// CHECK:         func.call @[[F:contract_dense_4x4_clamped_t1_c8_a8_o8_s24_n128to127_i8]](
// CHECK:         func.call @[[F]](
// CHECK:         func.call @contract_dense_4x4_clamped_t1_c8_a8_o8_s24_0to127_i8(
// CHECK:         func.call @contract_dense_4x4_t1_c8_a8_o8_s12z5_n128to127_i8(
// CHECK:         func.call @contract_dense_4x4_t1_c8_a8_o8_s12zn3_n128to127_i8(
func.func @contract(%a: i32, %w: i32, %out: i32, %rows: i32) {
  %c0 = arith.constant 0 : i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "dense-4x4-clamped", taps = 1, cin = 8, a_pitch = 8, out_pitch = 8, requant = #tile.requant<shift = 24, zero_point = 5, lo = -128, hi = 127, form = clamped, acc_bits = 0>} : i32, i32, i32, i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "dense-4x4-clamped", taps = 1, cin = 8, a_pitch = 8, out_pitch = 8, requant = #tile.requant<shift = 24, zero_point = -3, lo = -3, hi = 100, form = clamped, acc_bits = 0>} : i32, i32, i32, i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "dense-4x4-clamped", taps = 1, cin = 8, a_pitch = 8, out_pitch = 8, requant = #tile.requant<shift = 24, zero_point = 0, lo = 0, hi = 127, form = clamped, acc_bits = 0>} : i32, i32, i32, i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "dense-4x4", taps = 1, cin = 8, a_pitch = 8, out_pitch = 8, requant = #tile.requant<shift = 12, zero_point = 5, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  tile.contract %a[%c0], %w, %out[%c0] rows(%c0 to %rows) records(%c0 to %rows) {kernel = "dense-4x4", taps = 1, cin = 8, a_pitch = 8, out_pitch = 8, requant = #tile.requant<shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  func.return
}

// CHECK:         func.func @[[F]](%a: i32
// CHECK-NOT:     func.func @[[F]](
