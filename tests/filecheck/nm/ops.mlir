// RUN: nmc-opt %s | nmc-opt | filecheck %s

// Default storage is not printed; other storage is.
// CHECK:      %{{.*}} = nm.constant dense<{{\[\[}}0, 0, -7, 0, 0, 3]]> : tensor<1x6xi8, #nm.sparsity<1:4, axis = 1>>
%a = nm.constant dense<[[0, 0, -7, 0, 0, 3]]> : tensor<1x6xi8, #nm.sparsity<1:4, axis = 1, index = block, width = 2>>
// CHECK-NEXT: %{{.*}} = nm.constant dense<0> : tensor<2x2x2x16xi8, #nm.sparsity<1:16, axis = 3, index = delta, width = 8, order = "pairs">>
%b = nm.constant dense<0> : tensor<2x2x2x16xi8, #nm.sparsity<1:16, axis = 3, index = delta, width = 8, order = "pairs">>
// A block may be full when n = m, and run along any axis.
// CHECK-NEXT: %{{.*}} = nm.constant dense<1> : tensor<4x2xi8, #nm.sparsity<2:2, axis = 0>>
%c = nm.constant dense<1> : tensor<4x2xi8, #nm.sparsity<2:2, axis = 0>>

// CHECK-NEXT: %{{.*}} = "test.op"() : () -> tensor<4x16xi8>
%w = "test.op"() : () -> tensor<4x16xi8>
// CHECK-NEXT: %{{.*}} = nm.prune %{{.*}} : tensor<4x16xi8> to tensor<4x16xi8, #nm.sparsity<1:8, axis = 1>>
%p = nm.prune %w : tensor<4x16xi8> to tensor<4x16xi8, #nm.sparsity<1:8, axis = 1>>
// CHECK-NEXT: %{{.*}} = nm.encode %{{.*}} : tensor<4x16xi8> to tensor<4x16xi8, #nm.sparsity<2:8, axis = 1>>
%e = nm.encode %w : tensor<4x16xi8> to tensor<4x16xi8, #nm.sparsity<2:8, axis = 1>>
// CHECK-NEXT: %{{.*}} = nm.decode %{{.*}} : tensor<4x16xi8, #nm.sparsity<2:8, axis = 1>> to tensor<4x16xi8>
%d = nm.decode %e : tensor<4x16xi8, #nm.sparsity<2:8, axis = 1>> to tensor<4x16xi8>
