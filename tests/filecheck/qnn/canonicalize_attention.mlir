// RUN: nmc-opt %s -p canonicalize --split-input-file | filecheck %s

// A transposed right operand is read as it lies; twice transposed it is the plain one.
// CHECK-LABEL: func.func @keys
// CHECK-NEXT:    %[[A:.*]] = qnn.batch_matmul "scores" %q, %k requant <{{.*}}> {rhs_zero_point = 7 : i64, transpose_rhs} : (tensor<2x5x8xi8>, tensor<2x7x8xi8>) -> tensor<2x5x7xi8>
// CHECK-NEXT:    func.return %[[A]]
func.func @keys(%q: tensor<2x5x8xi8>, %k: tensor<2x7x8xi8>) -> tensor<2x5x7xi8> {
  %t = qnn.transpose "t" %k {permutation = array<i64: 0, 2, 1>} : tensor<2x7x8xi8> -> tensor<2x8x7xi8>
  %s = qnn.batch_matmul "scores" %q, %t requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> {rhs_zero_point = 7 : i64} : (tensor<2x5x8xi8>, tensor<2x8x7xi8>) -> tensor<2x5x7xi8>
  func.return %s : tensor<2x5x7xi8>
}

// -----

// A transpose that splits heads as well keeps only that: whole rows are moved.
// CHECK-LABEL: func.func @heads
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "t" %k {permutation = array<i64: 0, 2, 1, 3>} : tensor<1x7x2x8xi8> -> tensor<1x2x7x8xi8>
// CHECK-NEXT:    qnn.batch_matmul "scores" %q, %[[T]] requant <{{.*}}> {transpose_rhs}
func.func @heads(%q: tensor<1x2x5x8xi8>, %k: tensor<1x7x2x8xi8>) -> tensor<1x2x5x7xi8> {
  %t = qnn.transpose "t" %k {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x7x2x8xi8> -> tensor<1x2x8x7xi8>
  %s = qnn.batch_matmul "scores" %q, %t requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x2x5x8xi8>, tensor<1x2x8x7xi8>) -> tensor<1x2x5x7xi8>
  func.return %s : tensor<1x2x5x7xi8>
}

// -----

// One that leaves the innermost axis where it is stays.
// CHECK-LABEL: func.func @values
// CHECK-NEXT:    qnn.transpose "t"
// CHECK-NEXT:    qnn.batch_matmul "out" {{.*}} : (tensor<1x2x5x7xi8>, tensor<1x2x7x8xi8>) -> tensor<1x2x5x8xi8>
func.func @values(%a: tensor<1x2x5x7xi8>, %v: tensor<1x7x2x8xi8>) -> tensor<1x2x5x8xi8> {
  %t = qnn.transpose "t" %v {permutation = array<i64: 0, 2, 1, 3>} : tensor<1x7x2x8xi8> -> tensor<1x2x7x8xi8>
  %s = qnn.batch_matmul "out" %a, %t requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x2x5x7xi8>, tensor<1x2x7x8xi8>) -> tensor<1x2x5x8xi8>
  func.return %s : tensor<1x2x5x8xi8>
}

// -----

// Tables compose with tables and with requantisations on either side; transposes sink past them.
// CHECK-LABEL: func.func @tables
// CHECK-NEXT:    %[[L:.*]] = qnn.lookup "a" %x table dense<"0x0305{{.*}}"> : tensor<256xi8> : tensor<2x3xi8> -> tensor<2x3xi8>
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "{{.*}}.transpose" %[[L]]
// CHECK-NEXT:    func.return %[[T]]
func.func @tables(%x: tensor<2x3xi8>) -> tensor<3x2xi8> {
  %t = qnn.transpose "t" %x {permutation = array<i64: 1, 0>} : tensor<2x3xi8> -> tensor<3x2xi8>
  // x + 1, then 2 x + 1.
  %r = qnn.requantize "r" %t requant <multiplier = [2], shift = 1, zero_point = 1, lo = -128, hi = 127, form = narrow> : tensor<3x2xi8> -> tensor<3x2xi8>
  %a = qnn.lookup "a" %r table dense<"0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"> : tensor<256xi8> : tensor<3x2xi8> -> tensor<3x2xi8>
  %b = qnn.requantize "b" %a requant <multiplier = [4], shift = 1, zero_point = 1, lo = -128, hi = 127, form = narrow> : tensor<3x2xi8> -> tensor<3x2xi8>
  func.return %b : tensor<3x2xi8>
}

// -----

// Not where somebody else reads what is between.
// CHECK-LABEL: func.func @shared_table
// CHECK-NEXT:    qnn.lookup "a"
// CHECK-NEXT:    qnn.lookup "b"
func.func @shared_table(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi8>) {
  %a = qnn.lookup "a" %x table dense<1> : tensor<256xi8> : tensor<4xi8> -> tensor<4xi8>
  %b = qnn.lookup "b" %a table dense<2> : tensor<256xi8> : tensor<4xi8> -> tensor<4xi8>
  func.return %a, %b : tensor<4xi8>, tensor<4xi8>
}

// -----

// A clamp becomes the bounds of what computes.
// CHECK-LABEL: func.func @clamps
// CHECK-NEXT:    qnn.softmax "s" %x {{.*}} lo = 0 : i64, hi = 50 : i64}
// CHECK-NEXT:    qnn.layer_norm "n" {{.*}} lo = 0 : i64, hi = 50 : i64}
// CHECK-NEXT:    qnn.batch_matmul "m" {{.*}} lo = 0, hi = 50, form = narrow>
// CHECK-NEXT:    func.return
func.func @clamps(%x: tensor<4x4xi8>, %g: tensor<4xi32>) -> (tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi8>) {
  %s = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32> {numerator = 7 : i64, shift = 23 : i64, value_shift = 8 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<4x4xi8> -> tensor<4x4xi8>
  %0 = qnn.requantize "c" %s requant <multiplier = [4], shift = 2, zero_point = 0, lo = 0, hi = 50, form = narrow> : tensor<4x4xi8> -> tensor<4x4xi8>
  %n = qnn.layer_norm "n" %x, %g, %g {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<4x4xi8>
  %1 = qnn.requantize "c" %n requant <multiplier = [4], shift = 2, zero_point = 0, lo = 0, hi = 50, form = narrow> : tensor<4x4xi8> -> tensor<4x4xi8>
  %m = qnn.batch_matmul "m" %x, %x requant <multiplier = [1], shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<4x4xi8>, tensor<4x4xi8>) -> tensor<4x4xi8>
  %2 = qnn.requantize "c" %m requant <multiplier = [4], shift = 2, zero_point = 0, lo = 0, hi = 50, form = narrow> : tensor<4x4xi8> -> tensor<4x4xi8>
  func.return %0, %1, %2 : tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi8>
}

// -----

// Parts of constants are constants, and a part that is everything is nothing.
// CHECK-LABEL: func.func @parts
// CHECK-NEXT:    %[[C:.*]] = arith.constant dense<[2, 4]> : tensor<2xi8>
// CHECK-NEXT:    func.return %x, %[[C]]
func.func @parts(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<2xi8>) {
  %0 = qnn.slice "all" %x {offsets = array<i64: 0>, steps = array<i64: 1>} : tensor<4xi8> -> tensor<4xi8>
  %c = arith.constant dense<[1, 2, 3, 4]> : tensor<4xi8>
  %1 = qnn.slice "some" %c {offsets = array<i64: 1>, steps = array<i64: 2>} : tensor<4xi8> -> tensor<2xi8>
  func.return %0, %1 : tensor<4xi8>, tensor<2xi8>
}

// -----

// An image's pixels become tokens by a reshape alone: two transposes undo each other behind it.
// CHECK-LABEL: func.func @tokens
// CHECK-NEXT:    %[[Y:.*]] = qnn.reshape "tokens" %x : tensor<1x4x3x8xi8> -> tensor<1x12x8xi8>
// CHECK-NEXT:    func.return %[[Y]]
func.func @tokens(%x: tensor<1x4x3x8xi8>) -> tensor<1x12x8xi8> {
  %0 = qnn.transpose "first" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x3x8xi8> -> tensor<1x8x4x3xi8>
  %1 = qnn.reshape "flat" %0 : tensor<1x8x4x3xi8> -> tensor<1x8x12xi8>
  %2 = qnn.transpose "tokens" %1 {permutation = array<i64: 0, 2, 1>} : tensor<1x8x12xi8> -> tensor<1x12x8xi8>
  func.return %2 : tensor<1x12x8xi8>
}

// -----

// Not so where rows and columns change places, nor where an axis is cut across.
// CHECK-LABEL: func.func @other_orders
// CHECK-COUNT-4: qnn.transpose
func.func @other_orders(%x: tensor<1x4x3x8xi8>) -> (tensor<1x12x8xi8>, tensor<1x16x6xi8>) {
  %0 = qnn.transpose "first" %x {permutation = array<i64: 0, 3, 2, 1>} : tensor<1x4x3x8xi8> -> tensor<1x8x3x4xi8>
  %1 = qnn.reshape "flat" %0 : tensor<1x8x3x4xi8> -> tensor<1x8x12xi8>
  %2 = qnn.transpose "tokens" %1 {permutation = array<i64: 0, 2, 1>} : tensor<1x8x12xi8> -> tensor<1x12x8xi8>
  %3 = qnn.transpose "other" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x3x8xi8> -> tensor<1x8x4x3xi8>
  %4 = qnn.reshape "across" %3 : tensor<1x8x4x3xi8> -> tensor<1x6x16xi8>
  %5 = qnn.transpose "last" %4 {permutation = array<i64: 0, 2, 1>} : tensor<1x6x16xi8> -> tensor<1x16x6xi8>
  func.return %2, %5 : tensor<1x12x8xi8>, tensor<1x16x6xi8>
}

// -----

// A mask repeated for each block is repeated once; another part of it is another part.
// CHECK-LABEL: func.func @twice
// CHECK-NEXT:    %[[R:.*]] = qnn.concat "block0" %m, %m
// CHECK-NEXT:    %[[S:.*]] = qnn.slice "part0" %[[R]] {offsets = array<i64: 0, 0>
// CHECK-NEXT:    %[[T:.*]] = qnn.slice "part2" %[[R]] {offsets = array<i64: 1, 0>
// CHECK-NEXT:    func.return %[[S]], %[[S]], %[[T]]
func.func @twice(%m: tensor<1x8xi8>) -> (tensor<1x8xi8>, tensor<1x8xi8>, tensor<1x8xi8>) {
  %0 = qnn.concat "block0" %m, %m {axis = 0 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<1x8xi8>, tensor<1x8xi8>) -> tensor<2x8xi8>
  %1 = qnn.concat "block1" %m, %m {axis = 0 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<1x8xi8>, tensor<1x8xi8>) -> tensor<2x8xi8>
  %2 = qnn.slice "part0" %0 {offsets = array<i64: 0, 0>, steps = array<i64: 1, 1>} : tensor<2x8xi8> -> tensor<1x8xi8>
  %3 = qnn.slice "part1" %1 {offsets = array<i64: 0, 0>, steps = array<i64: 1, 1>} : tensor<2x8xi8> -> tensor<1x8xi8>
  %4 = qnn.slice "part2" %1 {offsets = array<i64: 1, 0>, steps = array<i64: 1, 1>} : tensor<2x8xi8> -> tensor<1x8xi8>
  func.return %2, %3, %4 : tensor<1x8xi8>, tensor<1x8xi8>, tensor<1x8xi8>
}
