// RUN: nmc-opt %s | nmc-opt | filecheck %s

// CHECK: cluster.data @w <l3> = dense<[1, 2]> : tensor<2xi8> at 2147483648
cluster.data @w <l3> = dense<[1, 2]> : tensor<2xi8> at 2147483648
// CHECK-NEXT: cluster.data @v <l2> = dense<[3, 4]> : tensor<2xi8>
cluster.data @v <l2> = dense<[3, 4]> : tensor<2xi8>
// CHECK-NEXT: cluster.stream @weights ring [512, 64] state 4 table 576 transfers [2147483648, 512, 32, 0] chunks [512, 0, 528, 0]
cluster.stream @weights ring [512, 64] state 4 table 576 transfers [2147483648, 512, 32, 0] chunks [512, 0, 528, 0]

// CHECK: func.func @main
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) -> memref<64xi8, #cluster.space<l2>> {
  // CHECK-NEXT: cluster.get_data @v : memref<2xi8, #cluster.space<l2>>
  %v = cluster.get_data @v : memref<2xi8, #cluster.space<l2>>
  // CHECK-NEXT: cluster.packed @v : tensor<2xi8>
  %p = cluster.packed @v : tensor<2xi8>
  // CHECK-NEXT: %y = cluster.alloc "y" at 1024 : memref<64xi8, #cluster.space<l2>>
  %y = cluster.alloc "y" at 1024 : memref<64xi8, #cluster.space<l2>>
  // CHECK-NEXT: cluster.layer @"a layer" plan {kernel = "k"} info {op = "conv2d"} cores 2 stream 30 {
  cluster.layer @"a layer" plan {kernel = "k"} info {op = "conv2d"} cores 2 stream 30 {
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    // CHECK: %b = cluster.alloc "b" : memref<64xi8, #cluster.space<l1>>
    %b = cluster.alloc "b" : memref<64xi8, #cluster.space<l1>>
    // CHECK-NEXT: cluster.view %b[%{{.*}}] : memref<64xi8, #cluster.space<l1>> to memref<32xi8, #cluster.space<l1>>
    %half = cluster.view %b[%c8] : memref<64xi8, #cluster.space<l1>> to memref<32xi8, #cluster.space<l1>>
    // CHECK-NEXT: cluster.address %{{.*}} : memref<32xi8, #cluster.space<l1>>
    %a = cluster.address %half : memref<32xi8, #cluster.space<l1>>
    // CHECK-NEXT: cluster.core_id
    %core = cluster.core_id
    // CHECK-NEXT: cluster.share %{{.*}} part %{{.*}} of 2 step 4
    %lo, %hi = cluster.share %c8 part %core of 2 step 4
    // CHECK-NEXT: cluster.master {
    cluster.master {
      // CHECK-NEXT: cluster.copy %x[%{{.*}}] to %b[%{{.*}}] length %{{.*}} lines %{{.*}} stride 16 pitch 8 :
      cluster.copy %x[%c0] to %b[%c0] length %c8 lines %c8 stride 16 pitch 8 : memref<64xi8, #cluster.space<l2>> to memref<64xi8, #cluster.space<l1>>
      // CHECK-NEXT: cluster.stream_pump @weights
      cluster.stream_pump @weights
      // CHECK-NEXT: cluster.stream_next @weights : memref<16xi8, #cluster.space<l2>>
      %chunk = cluster.stream_next @weights : memref<16xi8, #cluster.space<l2>>
    }
    // CHECK: cluster.barrier
    cluster.barrier
    // CHECK-NEXT: %{{.*}} = cluster.master -> (!cluster.token) {
    %t = cluster.master -> (!cluster.token) {
      // CHECK-NEXT: cluster.dma_start %b[%{{.*}}] to %y[%{{.*}}] length %{{.*}} :
      %s = cluster.dma_start %b[%c0] to %y[%c0] length %c8 : memref<64xi8, #cluster.space<l1>> to memref<64xi8, #cluster.space<l2>>
      // CHECK-NEXT: cluster.yield %{{.*}} : !cluster.token
      cluster.yield %s : !cluster.token
    }
    // CHECK: cluster.dma_none
    %none = cluster.dma_none
    // CHECK-NEXT: cluster.groups %{{.*}} by 4 {
    cluster.groups %c8 by 4 {
    ^bb0(%first: index, %count: index):
      %sum = arith.addi %first, %count : index
    }
    // CHECK: cluster.groups %{{.*}} by 4 from 1 growth 0 {
    cluster.groups %c8 by 4 from 1 growth 0 {
    ^bb0(%first: index, %count: index):
    }
    cluster.master {
      // CHECK: cluster.dma_wait %{{.*}}, %{{.*}}
      cluster.dma_wait %t, %none
    }
  }
  func.return %y : memref<64xi8, #cluster.space<l2>>
}
