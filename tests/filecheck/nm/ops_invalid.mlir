// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: the constant breaks its 1:4 encoding along axis 1: element [0, 3] is non-zero number 2 or later of the block [0, 4)
%a = nm.constant dense<[[0, 1, 0, 5]]> : tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>

// -----

// The last block is ragged, but counts.
// CHECK: the constant breaks its 1:4 encoding along axis 1: element [1, 5] is non-zero number 2 or later of the block [4, 6)
%a = nm.constant dense<[[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 1, 1]]> : tensor<2x6xi8, #nm.sparsity<1:4, axis = 1>>

// -----

// CHECK: the constant breaks its 1:2 encoding along axis 0: element [1, 0] is non-zero number 2 or later of the block [0, 2)
%a = nm.constant dense<1> : tensor<4x2xi8, #nm.sparsity<1:2, axis = 0>>

// -----

// CHECK: the type has no #nm.sparsity encoding; use arith.constant
%a = nm.constant dense<0> : tensor<4xi8>

// -----

// CHECK: the encoding blocks axis 2 of a tensor of rank 2
%a = nm.constant dense<0> : tensor<4x4xi8, #nm.sparsity<1:4, axis = 2>>

// -----

// CHECK: a sparsity pattern needs m >= 2 and 1 <= n <= m, not 5:4
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<5:4, axis = 1>>

// -----

// CHECK: the sparse axis must not be negative, got -1
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<1:4, axis = -1>>

// -----

// CHECK: index must be block or delta, not 'bitmap'
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<1:4, axis = 1, index = bitmap>>

// -----

// CHECK: index width must be 2, 4, 8 or 16, not 3
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<1:4, axis = 1, width = 3>>

// -----

// CHECK: a position in a block of 16 does not fit an index of 2 bits
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<1:16, axis = 1, width = 2>>

// -----

// CHECK: expected index, width or order, not 'colour'
%a = "test.op"() : () -> tensor<4x4xi8, #nm.sparsity<1:4, axis = 1, colour = 2>>

// -----

// CHECK: may differ in their encoding only
%w = "test.op"() : () -> tensor<4x16xi8>
%p = nm.prune %w : tensor<4x16xi8> to tensor<4x8xi8, #nm.sparsity<1:8, axis = 1>>

// -----

// CHECK: the result needs an #nm.sparsity encoding to prune to
%w = "test.op"() : () -> tensor<4x16xi8>
%p = nm.prune %w : tensor<4x16xi8> to tensor<4x16xi8>

// -----

// CHECK: the operand is encoded already; nm.decode it first
%w = "test.op"() : () -> tensor<4x16xi8, #nm.sparsity<1:4, axis = 1>>
%p = nm.prune %w : tensor<4x16xi8, #nm.sparsity<1:4, axis = 1>> to tensor<4x16xi8, #nm.sparsity<1:8, axis = 1>>

// -----

// CHECK: the constant breaks its 1:4 encoding along axis 0: element [2]
%w = arith.constant dense<[0, 1, 1, 0]> : tensor<4xi8>
%e = nm.encode %w : tensor<4xi8> to tensor<4xi8, #nm.sparsity<1:4, axis = 0>>

// -----

// CHECK: the operand has no #nm.sparsity encoding to forget
%w = "test.op"() : () -> tensor<4x16xi8>
%d = nm.decode %w : tensor<4x16xi8> to tensor<4x16xi8>

// -----

// An encoded constant is checked where it is used, too.
// CHECK: the constant breaks its 1:4 encoding along axis 1: element [0, 1]
%x, %b = "test.op"() : () -> (tensor<1x4xi8>, tensor<1xi32>)
%w = arith.constant dense<1> : tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>
%y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0, lo = -128, hi = 127, form = narrow> : (tensor<1x4xi8>, tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>, tensor<1xi32>) -> tensor<1x1xi8>
