// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

%m, %i = "test.op"() : () -> (memref<64xi8>, index)
tile.lookup %m, %m, %m bytes(%i to %i) : memref<64xi8>, memref<64xi8>, memref<64xi8>, index
// CHECK: tile.lookup: a table has 256 bytes, got memref<64xi8>

// -----

%m, %t, %i = "test.op"() : () -> (memref<64xi32>, memref<256xi8>, index)
tile.lookup %m, %t, %m bytes(%i to %i) : memref<64xi32>, memref<256xi8>, memref<64xi32>, index
// CHECK: tile.lookup: a buffer is a flat memref of bytes, got memref<64xi32>
