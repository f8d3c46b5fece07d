// RUN: nmc-opt %s -p fuse-add --split-input-file --verify-diagnostics | filecheck %s

// The cost model decides: the target must be one that there is.
builtin.module attributes {nmc.target = "vegan"} {
func.func @main(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
}
// CHECK: target 'vegan': no such file

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: an addend needs an addition, and an addition an addend

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, -7], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: an addend needs an addition, and an addition an addend

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x1x1x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, -7], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x1x1x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: the addend has shape [1, 1, 1, 16], expected [1, 8, 8, 16]

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, 200], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: the addend's zero-point = 200 lies outside [-128, 127]

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, -7], multipliers = [4194304, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: the addition: lhs_multiplier must lie in [0, 2^21), got 4194304

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i16, zero_points = [4, -7], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: own must be i8 or ui8, not i16

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4, -7], multipliers = [1408093, 734452], zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: qnn.addition lacks shift

// -----

func.func @main(%x: tensor<1x8x8x16xi8>, %w: tensor<16x3x3x16xi8>, %b: tensor<16xi32>, %r: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.conv2d "conv" %x, %w, %b plus %r requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, addition = #qnn.addition<own = i8, zero_points = [4], multipliers = [1408093, 734452], shift = 20, zero_point = -2, lo = -2, hi = 127>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}
// CHECK: zero_points needs 2 numbers, got 1
