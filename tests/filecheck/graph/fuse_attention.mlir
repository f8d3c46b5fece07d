// RUN: nmc-opt %s -p fuse-attention --split-input-file | filecheck %s
// RUN: nmc-opt %s -p fuse-attention --split-input-file | nmc-opt --split-input-file | filecheck %s

// Heads of queries, keys and values side by side, with a change of scale of the queries: they are
// read where they lie, and the result is written as rows of all heads.
// CHECK-LABEL: func.func @heads
// CHECK-NEXT:    %y = qnn.attention "joined" %qkv, %qkv, %qkv {query_view = array<i64: 0, 8, 48>, key_view = array<i64: 16, 8, 48>, value_view = array<i64: 32, 8, 48>, result_view = array<i64: 0, 8, 16>} heads {
// CHECK-NEXT:    ^bb0(%q: tensor<2x9x8xi8>, %k: tensor<2x9x8xi8>, %v: tensor<2x9x8xi8>):
// CHECK-NEXT:      %[[R:.*]] = qnn.requantize "scale" %q {{.*}} : tensor<2x9x8xi8> -> tensor<2x9x8xi8>
// CHECK-NEXT:      %[[S:.*]] = qnn.batch_matmul "scores" %[[R]], %k {{.*}} {lhs_zero_point = 3 : i64, transpose_rhs} : (tensor<2x9x8xi8>, tensor<2x9x8xi8>) -> tensor<2x9x9xi8>
// CHECK-NEXT:      %[[P:.*]] = qnn.softmax "softmax" %[[S]] {{.*}} : tensor<2x9x9xi8> -> tensor<2x9x9xi8>
// CHECK-NEXT:      %[[O:.*]] = qnn.batch_matmul "values" %[[P]], %v {{.*}} : (tensor<2x9x9xi8>, tensor<2x9x8xi8>) -> tensor<2x9x8xi8>
// CHECK-NEXT:      qnn.yield %[[O]] : tensor<2x9x8xi8>
// CHECK-NEXT:    } : (tensor<9x48xi8>, tensor<9x48xi8>, tensor<9x48xi8>) -> tensor<9x16xi8>
// CHECK-NEXT:    func.return %y : tensor<9x16xi8>
func.func @heads(%qkv: tensor<9x48xi8>) -> tensor<9x16xi8> {
  %h = qnn.reshape "heads" %qkv : tensor<9x48xi8> -> tensor<1x9x3x2x8xi8>
  %f = qnn.transpose "front" %h {permutation = array<i64: 2, 0, 3, 1, 4>} : tensor<1x9x3x2x8xi8> -> tensor<3x1x2x9x8xi8>
  %q0 = qnn.slice "q0" %f {offsets = array<i64: 0, 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1, 1>} : tensor<3x1x2x9x8xi8> -> tensor<1x1x2x9x8xi8>
  %k0 = qnn.slice "k0" %f {offsets = array<i64: 1, 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1, 1>} : tensor<3x1x2x9x8xi8> -> tensor<1x1x2x9x8xi8>
  %v0 = qnn.slice "v0" %f {offsets = array<i64: 2, 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1, 1>} : tensor<3x1x2x9x8xi8> -> tensor<1x1x2x9x8xi8>
  %q1 = qnn.requantize "scale" %q0 requant <multiplier = [77], shift = 7, zero_point = 3, lo = -128, hi = 127, form = narrow> : tensor<1x1x2x9x8xi8> -> tensor<1x1x2x9x8xi8>
  %q = qnn.reshape "q" %q1 : tensor<1x1x2x9x8xi8> -> tensor<1x2x9x8xi8>
  %k = qnn.reshape "k" %k0 : tensor<1x1x2x9x8xi8> -> tensor<1x2x9x8xi8>
  %v = qnn.reshape "v" %v0 : tensor<1x1x2x9x8xi8> -> tensor<1x2x9x8xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {lhs_zero_point = 3 : i64, transpose_rhs} : (tensor<1x2x9x8xi8>, tensor<1x2x9x8xi8>) -> tensor<1x2x9x9xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x2x9x9xi8> -> tensor<1x2x9x9xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {lhs_zero_point = -128 : i64} : (tensor<1x2x9x9xi8>, tensor<1x2x9x8xi8>) -> tensor<1x2x9x8xi8>
  %b = qnn.transpose "back" %o {permutation = array<i64: 0, 2, 1, 3>} : tensor<1x2x9x8xi8> -> tensor<1x9x2x8xi8>
  %y = qnn.reshape "joined" %b : tensor<1x9x2x8xi8> -> tensor<9x16xi8>
  func.return %y : tensor<9x16xi8>
}

// -----

// Matrices as they are; a result that two read stays as it is; a slice something else reads stays.
// CHECK-LABEL: func.func @matrices
// CHECK-NEXT:    %k = qnn.slice "keys" %x
// CHECK-NEXT:    %o = qnn.attention "values" %q, %x, %v {query_view = array<i64: 0, 0, 4>, key_view = array<i64: 4, 0, 4>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>} heads {
// CHECK:         %t = qnn.transpose "turned" %o
// CHECK-NEXT:    func.return %o, %t, %k
func.func @matrices(%q: tensor<5x4xi8>, %x: tensor<8x4xi8>, %v: tensor<7x8xi8>) -> (tensor<5x8xi8>, tensor<8x5xi8>, tensor<7x4xi8>) {
  %k = qnn.slice "keys" %x {offsets = array<i64: 1, 0>, steps = array<i64: 1, 1>} : tensor<8x4xi8> -> tensor<7x4xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {lhs_zero_point = -128 : i64} : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  %t = qnn.transpose "turned" %o {permutation = array<i64: 1, 0>} : tensor<5x8xi8> -> tensor<8x5xi8>
  func.return %o, %t, %k : tensor<5x8xi8>, tensor<8x5xi8>, tensor<7x4xi8>
}
