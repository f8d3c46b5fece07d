// RUN: nmc-opt %s -p fuse-add --split-input-file | filecheck %s

// What else reads the convolution's result needs it in memory.
// CHECK-LABEL: func.func @read_twice
// CHECK:         qnn.conv2d "conv" %x, %wz, %bz requant
// CHECK:         qnn.add "add" %z, %x {{{.*}} hi = 127 : i64}
func.func @read_twice(%x: tensor<1x8x8x16xi8>) -> (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y, %z : tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>
}

// -----

// Twice itself is no sum with something else.
// CHECK-LABEL: func.func @doubled
// CHECK:         qnn.add "add" %z, %z
func.func @doubled(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %z {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// Both inputs are computed for the addition: one layer takes it in. The fused layer has the
// addition's place, behind what it reads.
// CHECK-LABEL: func.func @two_producers
// CHECK-NOT:     = qnn.add
// CHECK:         %u = qnn.conv2d "one" %x, %wu, %bu requant
// CHECK-NEXT:    %y = qnn.conv2d "three" %x, %wz, %bz plus %u requant
// CHECK-NEXT:    func.return %y
func.func @two_producers(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "three" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %wu = arith.constant dense<1> : tensor<16x1x1x16xi8>
  %bu = arith.constant dense<7> : tensor<16xi32>
  %u = qnn.conv2d "one" %x, %wu, %bu requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x16xi8>, tensor<16x1x1x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %u {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// The other input comes after the convolution: the fused layer comes after it.
// CHECK-LABEL: func.func @later
// CHECK:         %m = qnn.max_pool2d "pool"
// CHECK-NEXT:    %y = qnn.conv2d "conv" %x, %wz, %bz plus %m requant
func.func @later(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %m = qnn.max_pool2d "pool" %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x8x8x16xi8> -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %m {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// A layer adds once.
// CHECK-LABEL: func.func @twice
// CHECK:         %y = qnn.conv2d "conv" {{.*}} plus %x requant
// CHECK-NEXT:    qnn.add "second" %y, %v
func.func @twice(%x: tensor<1x8x8x16xi8>, %v: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "first" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  %s = qnn.add "second" %y, %v {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %s : tensor<1x8x8x16xi8>
}

// -----

// A constant of the same shape stays an input of a layer of its own.
// CHECK-LABEL: func.func @constant
// CHECK:         qnn.add "add" %z, %k
func.func @constant(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %k = arith.constant dense<3> : tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %k {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// Rows of 13 outputs are no whole words: they have gaps in L1, and the addition stays.
// CHECK-LABEL: func.func @odd
// CHECK:         qnn.add "add" %z, %x {apart = "conv: no tile of outputs without gaps and its addend fit L1"
func.func @odd(%x: tensor<1x8x8x13xi8>) -> tensor<1x8x8x13xi8> {
  %wz = arith.constant dense<1> : tensor<13x3x3x13xi8>
  %bz = arith.constant dense<7> : tensor<13xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x13xi8>, tensor<13x3x3x13xi8>, tensor<13xi32>) -> tensor<1x8x8x13xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x13xi8>, tensor<1x8x8x13xi8>) -> tensor<1x8x8x13xi8>
  func.return %y : tensor<1x8x8x13xi8>
}

// -----

// A plan written by hand is for the layer as it is.
// CHECK-LABEL: func.func @planned
// CHECK:         qnn.add "add" %z, %x
func.func @planned(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {plan = {kind = "window"}, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// Nothing computes the inputs: there is no layer to take the addition in.
// CHECK-LABEL: func.func @alone
// CHECK:         qnn.add "add" %x, %v
func.func @alone(%x: tensor<1x8x8x16xi8>, %v: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
  %y = qnn.add "add" %x, %v {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
  func.return %y : tensor<1x8x8x16xi8>
}

// -----

// With tiles of half as many rows more of the input would be read twice: two layers are faster.
// CHECK-LABEL: func.func @tight
// CHECK:         qnn.add "add" %z, %x {apart = "conv: {{[0-9]+}} cycles in one, {{[0-9]+}} + {{[0-9]+}} apart"
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64, nmc.l1 = 3072 : i64} {
func.func @tight(%x: tensor<1x16x16x16xi8>) -> tensor<1x16x16x16xi8> {
  %wz = arith.constant dense<1> : tensor<16x3x3x16xi8>
  %bz = arith.constant dense<7> : tensor<16xi32>
  %z = qnn.conv2d "conv" %x, %wz, %bz requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x16x16x16xi8>, tensor<16x3x3x16xi8>, tensor<16xi32>) -> tensor<1x16x16x16xi8>
  %y = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -7 : i64, lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64, zero_point = -2 : i64, lo = -2 : i64, hi = 127 : i64} : (tensor<1x16x16x16xi8>, tensor<1x16x16x16xi8>) -> tensor<1x16x16x16xi8>
  func.return %y : tensor<1x16x16x16xi8>
}
}

// -----

// A reshape between the two moves behind them, and one comes before the other input.
// CHECK-LABEL: func.func @reshaped
// CHECK:         %[[R:.*]] = qnn.reshape "add.addend" %r : tensor<1x64x16xi8> -> tensor<64x16xi8>
// CHECK-NEXT:    %[[Y:.*]] = qnn.matmul "fc" %x, %w, %b plus %[[R]] requant
// CHECK-NEXT:    %y = qnn.reshape "tokens" %[[Y]] : tensor<64x16xi8> -> tensor<1x64x16xi8>
// CHECK-NEXT:    func.return %y
func.func @reshaped(%x: tensor<64x16xi8>, %r: tensor<1x64x16xi8>) -> tensor<1x64x16xi8> {
  %w = arith.constant dense<2> : tensor<16x16xi8>
  %b = arith.constant dense<5> : tensor<16xi32>
  %p = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<64x16xi8>, tensor<16x16xi8>, tensor<16xi32>) -> tensor<64x16xi8>
  %t = qnn.reshape "tokens" %p : tensor<64x16xi8> -> tensor<1x64x16xi8>
  %y = qnn.add "add" %r, %t {lhs_zero_point = 3 : i64, rhs_zero_point = 9 : i64, lhs_multiplier = 500000 : i64, rhs_multiplier = 600000 : i64, shift = 20 : i64, zero_point = 5 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x64x16xi8>, tensor<1x64x16xi8>) -> tensor<1x64x16xi8>
  func.return %y : tensor<1x64x16xi8>
}
