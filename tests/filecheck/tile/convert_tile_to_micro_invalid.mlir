// RUN: nmc-opt %s -p convert-tile-to-micro --split-input-file --verify-diagnostics | filecheck %s

func.func @unknown(%a: i32) {
  tile.contract %a[%a], %a, %a[%a] rows(%a to %a) records(%a to %a) {kernel = "dence-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 8, requant = #tile.requant<shift = 12, zero_point = -3, lo = -3, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  func.return
}
// CHECK: no kernel is called 'dence-4x4'

// -----

func.func @beside(%a: i32) {
  tile.contract %a[%a], %a, %a[%a] rows(%a to %a) records(%a to %a) {kernel = "dense-4x4", taps = 9, cin = 4, a_pitch = 36, out_pitch = 8, beside = 2, requant = #tile.requant<shift = 12, zero_point = -3, lo = -3, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  func.return
}
// CHECK: tile.contract: kernel dense-4x4 does not take groups of 2 pixels; beside must be the pixels a dense kernel has in flight

// -----

func.func @depthwise(%a: i32) {
  tile.depthwise %a[%a], %a, %a[%a] rows(%a to %a) records(%a to %a) {kernel = "dense-4x4", taps = 9, channels = 4, depth_multiplier = 1, tap_pitch = 4, a_pitch = 36, out_pitch = 8, requant = #tile.requant<shift = 12, zero_point = -3, lo = -3, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  func.return
}
// CHECK: no depthwise kernel is called 'dense-4x4'

// -----

func.func @line(%a: i32) {
  tile.depthwise %a[%a], %a, %a[%a] rows(%a to %a) records(%a to %a) {kernel = "depthwise-line-3x3", taps = 9, channels = 4, depth_multiplier = 2, tap_pitch = 4, a_pitch = 36, out_pitch = 8, requant = #tile.requant<shift = 12, zero_point = -3, lo = -3, hi = 127, form = narrow, acc_bits = 0>} : i32, i32, i32, i32
  func.return
}
// CHECK: tile.depthwise: kernel depthwise-line-3x3 takes rows of taps 9, 12, 15 and so on for 1, 2, 3 outputs, an out_pitch of as many equal parts, and depth_multiplier 1; got taps 9, out_pitch 8, depth_multiplier 2
