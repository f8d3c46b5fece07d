// RUN: nmc-opt %s -p fuse-attention --split-input-file | filecheck %s
// RUN: nmc-opt %s -p fuse-attention --split-input-file | nmc-opt --split-input-file | filecheck %s

// A mask of keys is read where it lies: the same row for every query and head.
// CHECK-LABEL: func.func @keys
// CHECK-NEXT:    %o = qnn.attention "values" %q, %k, %v masked %m {query_view = array<i64: 0, 20, 4>, key_view = array<i64: 0, 28, 4>, value_view = array<i64: 0, 56, 8>, result_view = array<i64: 0, 40, 8>, mask_view = array<i64: 0, 0, 0>} heads {
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<2x5x4xi8>, %{{.*}}: tensor<2x7x4xi8>, %{{.*}}: tensor<2x7x8xi8>, %[[M:.*]]: tensor<2x5x7xi8>):
// CHECK-NEXT:      %[[S:.*]] = qnn.batch_matmul "scores"
// CHECK-NEXT:      %[[A:.*]] = qnn.add "masked" %[[S]], %[[M]] {{.*}} : (tensor<2x5x7xi8>, tensor<2x5x7xi8>) -> tensor<2x5x7xi8>
// CHECK-NEXT:      %[[P:.*]] = qnn.softmax "softmax" %[[A]]
// CHECK-NEXT:      qnn.batch_matmul "values" %[[P]]
// CHECK-NEXT:      qnn.yield
// CHECK-NEXT:    } : (tensor<1x2x5x4xi8>, tensor<1x2x7x4xi8>, tensor<1x2x7x8xi8>, tensor<1x1x1x7xi8>) -> tensor<1x2x5x8xi8>
// CHECK-NEXT:    func.return %o
func.func @keys(%q: tensor<1x2x5x4xi8>, %k: tensor<1x2x7x4xi8>, %v: tensor<1x2x7x8xi8>, %m: tensor<1x1x1x7xi8>) -> tensor<1x2x5x8xi8> {
  %rows = qnn.concat "rows" %m, %m, %m, %m, %m {axis = 2 : i64, input_zero_points = array<i64: 0, 0, 0, 0, 0>, requants = [unit, unit, unit, unit, unit]} : (tensor<1x1x1x7xi8>, tensor<1x1x1x7xi8>, tensor<1x1x1x7xi8>, tensor<1x1x1x7xi8>, tensor<1x1x1x7xi8>) -> tensor<1x1x5x7xi8>
  %heads = qnn.concat "heads" %rows, %rows {axis = 1 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : (tensor<1x1x5x7xi8>, tensor<1x1x5x7xi8>) -> tensor<1x2x5x7xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<1x2x5x4xi8>, tensor<1x2x7x4xi8>) -> tensor<1x2x5x7xi8>
  %a = qnn.add "masked" %s, %heads {lhs_multiplier = 1000 : i64, rhs_multiplier = 2000 : i64, shift = 11 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x2x5x7xi8>, tensor<1x2x5x7xi8>) -> tensor<1x2x5x7xi8>
  %p = qnn.softmax "softmax" %a exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x2x5x7xi8> -> tensor<1x2x5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x2x5x7xi8>, tensor<1x2x7x8xi8>) -> tensor<1x2x5x8xi8>
  func.return %o : tensor<1x2x5x8xi8>
}

// -----

// A mask of its own for each query, on the left of the sum, part of something larger.
// CHECK-LABEL: func.func @rows
// CHECK-NEXT:    %o = qnn.attention "values" %q, %k, %v masked %m {{{.*}}mask_view = array<i64: 9, 0, 8>} heads {
// CHECK:           %[[S:.*]] = qnn.batch_matmul "scores"
// CHECK-NEXT:      qnn.add "masked" %{{.*}}, %[[S]]
func.func @rows(%q: tensor<5x4xi8>, %k: tensor<7x4xi8>, %v: tensor<7x8xi8>, %m: tensor<6x8xi8>) -> tensor<5x8xi8> {
  %part = qnn.slice "part" %m {offsets = array<i64: 1, 1>, steps = array<i64: 1, 1>} : tensor<6x8xi8> -> tensor<5x7xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %a = qnn.add "masked" %part, %s {lhs_multiplier = 1000 : i64, rhs_multiplier = 2000 : i64, shift = 11 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<5x7xi8>, tensor<5x7xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %a exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o : tensor<5x8xi8>
}

// -----

// A mask whose rows are requantised on the way is no repetition: it is made first.
// CHECK-LABEL: func.func @made
// CHECK-NEXT:    %m = qnn.concat "both"
// CHECK-NEXT:    %o = qnn.attention "values" %q, %k, %v masked %m {{{.*}}mask_view = array<i64: 0, 0, 7>} heads {
func.func @made(%q: tensor<2x4xi8>, %k: tensor<7x4xi8>, %v: tensor<7x8xi8>, %r: tensor<1x7xi8>) -> tensor<2x8xi8> {
  %m = qnn.concat "both" %r, %r {axis = 0 : i64, input_zero_points = array<i64: 0, 0>, requants = [unit, #qnn.requant<multiplier = [77], shift = 7, zero_point = 3, lo = -128, hi = 127, form = narrow>]} : (tensor<1x7xi8>, tensor<1x7xi8>) -> tensor<2x7xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<2x4xi8>, tensor<7x4xi8>) -> tensor<2x7xi8>
  %a = qnn.add "masked" %s, %m {lhs_multiplier = 1000 : i64, rhs_multiplier = 2000 : i64, shift = 11 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<2x7xi8>, tensor<2x7xi8>) -> tensor<2x7xi8>
  %p = qnn.softmax "softmax" %a exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<2x7xi8> -> tensor<2x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<2x7xi8>, tensor<7x8xi8>) -> tensor<2x8xi8>
  func.return %o : tensor<2x8xi8>
}

// -----

// What else reads the sum needs it in memory.
// CHECK-LABEL: func.func @read_twice
// CHECK-NOT:     qnn.attention
func.func @read_twice(%q: tensor<5x4xi8>, %k: tensor<7x4xi8>, %v: tensor<7x8xi8>, %m: tensor<5x7xi8>) -> (tensor<5x8xi8>, tensor<5x7xi8>) {
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> {transpose_rhs} : (tensor<5x4xi8>, tensor<7x4xi8>) -> tensor<5x7xi8>
  %a = qnn.add "masked" %s, %m {lhs_multiplier = 1000 : i64, rhs_multiplier = 2000 : i64, shift = 11 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<5x7xi8>, tensor<5x7xi8>) -> tensor<5x7xi8>
  %p = qnn.softmax "softmax" %a exponentials dense<8388608> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<5x7xi8> -> tensor<5x7xi8>
  %o = qnn.batch_matmul "values" %p, %v requant <multiplier = [77], shift = 14, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<5x7xi8>, tensor<7x8xi8>) -> tensor<5x8xi8>
  func.return %o, %a : tensor<5x8xi8>, tensor<5x7xi8>
}
