// RUN: nmc-opt %s | nmc-opt | filecheck %s

%m, %t, %i = "test.op"() : () -> (memref<64xi8>, memref<256xi8>, index)
%a, %j = "test.op"() : () -> (i32, i32)

// CHECK: tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi8>, memref<256xi8>, memref<64xi8>, index
tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi8>, memref<256xi8>, memref<64xi8>, index

// Buffers may be addresses, positions words.
// CHECK: tile.lookup %a, %a, %a bytes(%j to %j) : i32, i32, i32, i32
tile.lookup %a, %a, %a bytes(%j to %j) : i32, i32, i32, i32
