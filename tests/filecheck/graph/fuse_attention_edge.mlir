// RUN: nmc-opt %s -p fuse-attention --split-input-file | filecheck %s

// What else reads the probabilities needs them in memory.
// CHECK-LABEL: func.func @read_twice
// CHECK-NOT:     qnn.attention
func.func @read_twice(%q: tensor<5x4xi8>, %k: tensor<7x4xi8>, %v: tensor<7x8xi8>) -> (tensor<5x8xi8>, tensor<5x7xi8>) {
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o, %p : tensor<5x8xi8>, tensor<5x7xi8>
}

// -----

// Rows of six bytes, which are no whole words.
// CHECK-LABEL: func.func @six
// CHECK-NEXT:    %o = qnn.attention "values" %q, %k, %v {query_view = array<i64: 0, 0, 6>, key_view = array<i64: 0, 0, 6>, value_view = array<i64: 0, 0, 7>, result_view = array<i64: 0, 0, 7>} heads {
func.func @six(%q: tensor<5x6xi8>, %k: tensor<7x6xi8>, %v: tensor<7x7xi8>) -> tensor<5x7xi8> {
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x6xi8>, tensor<7x6xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x7xi8>) -> tensor<5x7xi8>
  func.return %o : tensor<5x7xi8>
}

// -----

// A change of scale stays in front of rows that are no whole words: what lies between them in L1 is
// nothing to compute on.
// CHECK-LABEL: func.func @rescaled
// CHECK-NEXT:    %q = qnn.requantize "scale" %x
// CHECK-NEXT:    %o = qnn.attention "values" %q, %k, %v
func.func @rescaled(%x: tensor<5x6xi8>, %k: tensor<7x6xi8>, %v: tensor<7x8xi8>) -> tensor<5x8xi8> {
  %q = qnn.requantize "scale" %x requant <multiplier = [77], shift = 7, zero_point = 3, lo = -128, hi = 127, form = narrow> : tensor<5x6xi8> -> tensor<5x6xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x6xi8>, tensor<7x6xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o : tensor<5x8xi8>
}

// -----

// Keys that lie in columns are turned first: only the transpose's result has rows.
// CHECK-LABEL: func.func @columns
// CHECK-NEXT:    %k = qnn.transpose "turned"
// CHECK-NEXT:    qnn.attention "values" %q, %k, %v {query_view = array<i64: 0, 0, 4>, key_view = array<i64: 0, 0, 4>
func.func @columns(%q: tensor<5x4xi8>, %c: tensor<4x7xi8>, %v: tensor<7x8xi8>) -> tensor<5x8xi8> {
  %k = qnn.transpose "turned" %c {permutation = array<i64: 1, 0>} : tensor<4x7xi8> -> tensor<7x4xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o : tensor<5x8xi8>
}

// -----

// One head alone is more than L1 holds.
// CHECK-LABEL: func.func @large
// CHECK-NOT:     qnn.attention
builtin.module attributes {nmc.target = "vega", nmc.cores = 2 : i64, nmc.l1 = 4096 : i64} {
func.func @large(%q: tensor<5x64xi8>, %k: tensor<30x64xi8>, %v: tensor<30x64xi8>) -> tensor<5x64xi8> {
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 16, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x64xi8>, tensor<30x64xi8>) -> tensor<5x30xi8>
  %p = qnn.softmax "softmax" %s exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x30xi8> -> tensor<5x30xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 16, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x30xi8>, tensor<30x64xi8>) -> tensor<5x64xi8>
  func.return %o : tensor<5x64xi8>
}
}
