// RUN: nmc-opt %s -p fuse-attention --split-input-file --verify-diagnostics | filecheck %s

// The size of L1 decides: the target must be one that there is.
builtin.module attributes {nmc.target = "vegan"} {
func.func @main(%q: tensor<5x4xi8>, %k: tensor<7x4xi8>, %v: tensor<7x8xi8>) -> tensor<5x8xi8> {
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o : tensor<5x8xi8>
}
}
// CHECK: target 'vegan': no such file

// -----

func.func @main(%x: tensor<9x8xi8>) -> tensor<9x8xi8> {
  %y = qnn.attention "attn" %x, %x, %x {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 0, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>):
    qnn.yield %v : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>) -> tensor<9x8xi8>
  func.return %y : tensor<9x8xi8>
}
// CHECK: the body is a product, a softmax, a product and a yield

// -----

func.func @main(%x: tensor<9x8xi8>) -> tensor<9x8xi8> {
  %y = qnn.attention "attn" %x, %x, %x {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 1, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>):
    %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<1x9x8xi8>, tensor<1x9x8xi8>) -> tensor<1x9x9xi8>
    %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x9x9xi8> -> tensor<1x9x9xi8>
    %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x9x9xi8>, tensor<1x9x8xi8>) -> tensor<1x9x8xi8>
    qnn.yield %o : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>) -> tensor<9x8xi8>
  func.return %y : tensor<9x8xi8>
}
// CHECK: a view reaches element 72 of tensor<9x8xi8>

// -----

func.func @main(%x: tensor<9x8xi8>) -> tensor<9x16xi8> {
  %y = qnn.attention "attn" %x, %x, %x {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 0, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 16>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>):
    %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<1x9x8xi8>, tensor<1x9x8xi8>) -> tensor<1x9x9xi8>
    %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x9x9xi8> -> tensor<1x9x9xi8>
    %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x9x9xi8>, tensor<1x9x8xi8>) -> tensor<1x9x8xi8>
    qnn.yield %o : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>) -> tensor<9x16xi8>
  func.return %y : tensor<9x16xi8>
}
// CHECK: the result's view does not reach every element once

// -----

// A mask needs a view.
func.func @main(%x: tensor<9x8xi8>, %m: tensor<9xi8>) -> tensor<9x8xi8> {
  %y = qnn.attention "attn" %x, %x, %x masked %m {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 0, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>, %a: tensor<1x9x9xi8>):
    qnn.yield %v : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>, tensor<9xi8>) -> tensor<9x8xi8>
  func.return %y : tensor<9x8xi8>
}
// CHECK: a mask is an operand with a view and a sum in the body

// -----

// A mask that nothing adds.
func.func @main(%x: tensor<9x8xi8>, %m: tensor<9xi8>) -> tensor<9x8xi8> {
  %y = qnn.attention "attn" %x, %x, %x masked %m {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 0, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>, mask_view = array<i64: 0, 0, 0>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>, %a: tensor<1x9x9xi8>):
    %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<1x9x8xi8>, tensor<1x9x8xi8>) -> tensor<1x9x9xi8>
    %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x9x9xi8> -> tensor<1x9x9xi8>
    %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x9x9xi8>, tensor<1x9x8xi8>) -> tensor<1x9x8xi8>
    qnn.yield %o : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>, tensor<9xi8>) -> tensor<9x8xi8>
  func.return %y : tensor<9x8xi8>
}
// CHECK: a mask is an operand with a view and a sum in the body

// -----

// A view of a mask that leaves it.
func.func @main(%x: tensor<9x8xi8>, %m: tensor<9xi8>) -> tensor<9x8xi8> {
  %y = qnn.attention "attn" %x, %x, %x masked %m {query_view = array<i64: 0, 0, 8>, key_view = array<i64: 0, 0, 8>, value_view = array<i64: 0, 0, 8>, result_view = array<i64: 0, 0, 8>, mask_view = array<i64: 0, 0, 9>} heads {
  ^bb0(%q: tensor<1x9x8xi8>, %k: tensor<1x9x8xi8>, %v: tensor<1x9x8xi8>, %b: tensor<1x9x9xi8>):
    %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<1x9x8xi8>, tensor<1x9x8xi8>) -> tensor<1x9x9xi8>
    %a = qnn.add "masked" %s, %b {lhs_multiplier = 1000 : i64, rhs_multiplier = 2000 : i64, shift = 11 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x9x9xi8>, tensor<1x9x9xi8>) -> tensor<1x9x9xi8>
    %p = qnn.softmax "softmax" %a exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x9x9xi8> -> tensor<1x9x9xi8>
    %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x9x9xi8>, tensor<1x9x8xi8>) -> tensor<1x9x8xi8>
    qnn.yield %o : tensor<1x9x8xi8>
  } : (tensor<9x8xi8>, tensor<9x8xi8>, tensor<9x8xi8>, tensor<9xi8>) -> tensor<9x8xi8>
  func.return %y : tensor<9x8xi8>
}
// CHECK: a view reaches element 80 of tensor<9xi8>
