// RUN: nmc-opt %s -p canonicalize --split-input-file | filecheck %s

// Two transposes that undo each other go; others compose.
// CHECK-LABEL: func.func @compose
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "c" %x {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xi8> -> tensor<4x2x3xi8>
// CHECK-NEXT:    func.return %x, %[[T]]
func.func @compose(%x: tensor<2x3x4xi8>) -> (tensor<2x3x4xi8>, tensor<4x2x3xi8>) {
  %a = qnn.transpose "a" %x {permutation = array<i64: 1, 2, 0>} : tensor<2x3x4xi8> -> tensor<3x4x2xi8>
  %b = qnn.transpose "b" %a {permutation = array<i64: 2, 0, 1>} : tensor<3x4x2xi8> -> tensor<2x3x4xi8>
  %c = qnn.transpose "c" %a {permutation = array<i64: 1, 2, 0>} : tensor<3x4x2xi8> -> tensor<4x2x3xi8>
  func.return %b, %c : tensor<2x3x4xi8>, tensor<4x2x3xi8>
}

// -----

// A transpose that moves only axes of length 1 is a reshape, and reshapes merge.
// CHECK-LABEL: func.func @one_by_one
// CHECK-NEXT:    %[[R:.*]] = qnn.reshape "flat" %x : tensor<1x1x1x8xi8> -> tensor<1x8xi8>
// CHECK-NEXT:    func.return %[[R]]
func.func @one_by_one(%x: tensor<1x1x1x8xi8>) -> tensor<1x8xi8> {
  %a = qnn.transpose "a" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x1x1x8xi8> -> tensor<1x8x1x1xi8>
  %b = qnn.reshape "flat" %a : tensor<1x8x1x1xi8> -> tensor<1x8xi8>
  func.return %b : tensor<1x8xi8>
}

// -----

// Transposes sink through add, requantize, concat and pad.
// CHECK-LABEL: func.func @sink
// CHECK-NEXT:    %[[S:.*]] = qnn.add "add" %x, %x {{.*}} -> tensor<1x4x4x2xi8>
// CHECK-NEXT:    %[[R:.*]] = qnn.requantize "re" %[[S]] {{.*}} -> tensor<1x4x4x2xi8>
// CHECK-NEXT:    %[[C:.*]] = qnn.concat "cat" %[[R]], %[[R]] {axis = 3 : i64, {{.*}} -> tensor<1x4x4x4xi8>
// CHECK-NEXT:    %[[P:.*]] = qnn.pad "pad" %[[C]] {before = array<i64: 0, 1, 2, 0>, after = array<i64: 0, 3, 4, 0>, value = 5 : i64} : tensor<1x4x4x4xi8> -> tensor<1x8x10x4xi8>
// CHECK-NEXT:    func.return %[[P]]
func.func @sink(%x: tensor<1x4x4x2xi8>) -> tensor<1x8x10x4xi8> {
  %t = qnn.transpose "t" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x4x2xi8> -> tensor<1x2x4x4xi8>
  %a = qnn.add "add" %t, %t {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x2x4x4xi8>, tensor<1x2x4x4xi8>) -> tensor<1x2x4x4xi8>
  %r = qnn.requantize "re" %a requant <multiplier = [3], shift = 2, zero_point = 1, lo = 0, hi = 100, form = narrow> : tensor<1x2x4x4xi8> -> tensor<1x2x4x4xi8>
  %c = qnn.concat "cat" %r, %r {axis = 1 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, #qnn.requant<multiplier = [3], shift = 1, zero_point = 0, lo = -128, hi = 127, form = narrow>]} : (tensor<1x2x4x4xi8>, tensor<1x2x4x4xi8>) -> tensor<1x4x4x4xi8>
  %p = qnn.pad "pad" %c {before = array<i64: 0, 0, 1, 2>, after = array<i64: 0, 0, 3, 4>, value = 5 : i64} : tensor<1x4x4x4xi8> -> tensor<1x4x8x10xi8>
  %u = qnn.transpose "u" %p {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x4x8x10xi8> -> tensor<1x8x10x4xi8>
  func.return %u : tensor<1x8x10x4xi8>
}

// -----

// A transpose of one operand only does not sink; nor do two that differ.
// CHECK-LABEL: func.func @different
// CHECK-NEXT:    %[[S:.*]] = qnn.transpose "s" %x
// CHECK-NEXT:    %[[T:.*]] = qnn.transpose "t" %x
// CHECK-NEXT:    qnn.add "a" %[[S]], %x
// CHECK-NEXT:    qnn.add "b" %[[S]], %[[T]]
func.func @different(%x: tensor<2x2x2xi8>) -> (tensor<2x2x2xi8>, tensor<2x2x2xi8>) {
  %s = qnn.transpose "s" %x {permutation = array<i64: 1, 0, 2>} : tensor<2x2x2xi8> -> tensor<2x2x2xi8>
  %t = qnn.transpose "t" %x {permutation = array<i64: 0, 2, 1>} : tensor<2x2x2xi8> -> tensor<2x2x2xi8>
  %a = qnn.add "a" %s, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<2x2x2xi8>, tensor<2x2x2xi8>) -> tensor<2x2x2xi8>
  %b = qnn.add "b" %s, %t {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<2x2x2xi8>, tensor<2x2x2xi8>) -> tensor<2x2x2xi8>
  func.return %a, %b : tensor<2x2x2xi8>, tensor<2x2x2xi8>
}

// -----

// Clamps: the whole range does nothing; a tighter one becomes bounds of its producer.
// CHECK-LABEL: func.func @clamp
// CHECK-NEXT:    %[[A:.*]] = qnn.add "add" %x, %x {{{.*}}lo = 0 : i64, hi = 50 : i64} : {{.*}}
// CHECK-NEXT:    func.return %x, %[[A]]
func.func @clamp(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi8>) {
  %n = qnn.requantize "nothing" %x requant <multiplier = [4], shift = 2, zero_point = 3, lo = -128, hi = 127, form = narrow> {input_zero_point = 3 : i64} : tensor<4xi8> -> tensor<4xi8>
  %a = qnn.add "add" %x, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 50 : i64} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %r = qnn.requantize "relu" %a requant <multiplier = [4], shift = 2, zero_point = 0, lo = 0, hi = 127, form = narrow> : tensor<4xi8> -> tensor<4xi8>
  func.return %n, %r : tensor<4xi8>, tensor<4xi8>
}

// -----

// A clamp of a result that others read stays; so does a real change of scale.
// CHECK-LABEL: func.func @clamp_shared
// CHECK-COUNT-2: qnn.requantize
func.func @clamp_shared(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi8>, tensor<4xi8>) {
  %a = qnn.add "add" %x, %x {lhs_multiplier = 1 : i64, rhs_multiplier = 1 : i64, shift = 1 : i64, lo = -128 : i64, hi = 50 : i64} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %r = qnn.requantize "relu" %a requant <multiplier = [4], shift = 2, zero_point = 0, lo = 0, hi = 127, form = narrow> : tensor<4xi8> -> tensor<4xi8>
  %s = qnn.requantize "scale" %x requant <multiplier = [5], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> : tensor<4xi8> -> tensor<4xi8>
  func.return %a, %r, %s : tensor<4xi8>, tensor<4xi8>, tensor<4xi8>
}

// -----

// Padding with the zero-point joins the convolution; with another value it does not.
// CHECK-LABEL: func.func @pad
// CHECK-NEXT:    qnn.conv2d "c1" %x, {{.*}} {{{.*}}pads = array<i64: 2, 2, 1, 0>{{.*}}} : (tensor<1x4x4x2xi8>
// CHECK-NEXT:    qnn.pad "p2"
// CHECK-NEXT:    qnn.conv2d "c2"
func.func @pad(%x: tensor<1x4x4x2xi8>, %w: tensor<3x3x3x2xi8>, %b: tensor<3xi32>) -> (tensor<1x5x4x3xi8>, tensor<1x5x5x3xi8>) {
  %p = qnn.pad "p1" %x {before = array<i64: 0, 1, 2, 0>, after = array<i64: 0, 1, 0, 0>, value = -4 : i64} : tensor<1x4x4x2xi8> -> tensor<1x6x6x2xi8>
  %y = qnn.conv2d "c1" %p, %w, %b requant <multiplier = [1], shift = 8, zero_point = 0, lo = -128, hi = 127, form = narrow> {pads = array<i64: 1, 0, 0, 0>, input_zero_point = -4 : i64} : (tensor<1x6x6x2xi8>, tensor<3x3x3x2xi8>, tensor<3xi32>) -> tensor<1x5x4x3xi8>
  %q = qnn.pad "p2" %x {before = array<i64: 0, 1, 2, 0>, after = array<i64: 0, 2, 1, 0>} : tensor<1x4x4x2xi8> -> tensor<1x7x7x2xi8>
  %z = qnn.conv2d "c2" %q, %w, %b requant <multiplier = [1], shift = 8, zero_point = 0, lo = -128, hi = 127, form = narrow> {input_zero_point = -4 : i64} : (tensor<1x7x7x2xi8>, tensor<3x3x3x2xi8>, tensor<3xi32>) -> tensor<1x5x5x3xi8>
  func.return %y, %z : tensor<1x5x4x3xi8>, tensor<1x5x5x3xi8>
}

// -----

// A requantisation only the concat reads is done while copying.
// CHECK-LABEL: func.func @concat
// CHECK-NEXT:    qnn.concat "cat" %x, %x {axis = 0 : i64, input_zero_points = array<i64: 0, 7>, requants = [unit, #qnn.requant<multiplier = [3], shift = 1, zero_point = 0, lo = -128, hi = 127, form = narrow>]}
func.func @concat(%x: tensor<4xi8>) -> tensor<8xi8> {
  %r = qnn.requantize "r" %x requant <multiplier = [3], shift = 1, zero_point = 0, lo = -128, hi = 127, form = narrow> {input_zero_point = 7 : i64} : tensor<4xi8> -> tensor<4xi8>
  %c = qnn.concat "cat" %x, %r {axis = 0 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<4xi8>, tensor<4xi8>) -> tensor<8xi8>
  func.return %c : tensor<8xi8>
}

// -----

// A flattened channels-last image reorders the weights instead: column c * 4 + p becomes p * 2 + c.
// CHECK-LABEL: func.func @flatten
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[}}1, 5, 2, 6, 3, 7, 4, 8]]> : tensor<1x8xi8>
// CHECK-DAG:     %[[F:.*]] = qnn.reshape "flat" %x : tensor<1x2x2x2xi8> -> tensor<1x8xi8>
// CHECK:         qnn.matmul "fc" %[[F]], %[[W]], %b
func.func @flatten(%x: tensor<1x2x2x2xi8>, %b: tensor<1xi32>) -> tensor<1x1xi8> {
  %w = arith.constant dense<[[1, 2, 3, 4, 5, 6, 7, 8]]> : tensor<1x8xi8>
  %t = qnn.transpose "t" %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x2x2x2xi8> -> tensor<1x2x2x2xi8>
  %f = qnn.reshape "flat" %t : tensor<1x2x2x2xi8> -> tensor<1x8xi8>
  %y = qnn.matmul "fc" %f, %w, %b requant <multiplier = [1], shift = 8, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x8xi8>, tensor<1x8xi8>, tensor<1xi32>) -> tensor<1x1xi8>
  func.return %y : tensor<1x1xi8>
}

// -----

// Constants fold through transposes and reshapes.
// CHECK-LABEL: func.func @constants
// CHECK-NEXT:    %[[C:.*]] = arith.constant dense<{{\[}}1, 4, 2, 5, 3, 6]> : tensor<6xi8>
// CHECK-NEXT:    func.return %[[C]]
func.func @constants() -> tensor<6xi8> {
  %c = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>
  %t = qnn.transpose "t" %c {permutation = array<i64: 1, 0>} : tensor<2x3xi8> -> tensor<3x2xi8>
  %r = qnn.reshape "r" %t : tensor<3x2xi8> -> tensor<6xi8>
  func.return %r : tensor<6xi8>
}
