// RUN: nmc-opt %s -p canonicalize | filecheck %s

// Constants fold through every cast; ties keep the lowest index, the last block is ragged.
// CHECK:      %[[P:.*]] = nm.constant dense<{{\[}}-3, 0, 0, 0, 2]> : tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
// CHECK-NEXT: %[[E:.*]] = nm.constant dense<{{\[}}0, 4, 0, 0, 2]> : tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
// CHECK-NEXT: %[[D:.*]] = arith.constant dense<{{\[}}0, 4, 0, 0, 2]> : tensor<5xi8>
// CHECK-NEXT: "test.op"(%[[P]], %[[E]], %[[D]])
%w = arith.constant dense<[-3, 1, 3, 0, 2]> : tensor<5xi8>
%v = arith.constant dense<[0, 4, 0, 0, 2]> : tensor<5xi8>
%p = nm.prune %w : tensor<5xi8> to tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
%e = nm.encode %v : tensor<5xi8> to tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
%d = nm.decode %e : tensor<5xi8, #nm.sparsity<1:4, axis = 0>> to tensor<5xi8>
"test.op"(%p, %e, %d) : (tensor<5xi8, #nm.sparsity<1:4, axis = 0>>, tensor<5xi8, #nm.sparsity<1:4, axis = 0>>, tensor<5xi8>) -> ()

// Encoding as what it is already does nothing; what is not constant stays.
// CHECK-NEXT: %[[X:.*]] = "test.op"() : () -> tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
// CHECK-NEXT: %[[Y:.*]] = nm.decode %[[X]]
// CHECK-NEXT: "test.op"(%[[X]], %[[Y]])
%x = "test.op"() : () -> tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
%same = nm.encode %x : tensor<5xi8, #nm.sparsity<1:4, axis = 0>> to tensor<5xi8, #nm.sparsity<1:4, axis = 0>>
%y = nm.decode %x : tensor<5xi8, #nm.sparsity<1:4, axis = 0>> to tensor<5xi8>
"test.op"(%same, %y) : (tensor<5xi8, #nm.sparsity<1:4, axis = 0>>, tensor<5xi8>) -> ()
