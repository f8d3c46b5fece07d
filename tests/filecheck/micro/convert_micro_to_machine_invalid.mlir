// RUN: nmc-opt %s -p convert-micro-to-machine --split-input-file --verify-diagnostics | filecheck %s

func.func @buffer(%m: memref<64xi8>, %i: index) {
  tile.fill %m bytes(%i to %i) {value = 7} : memref<64xi8>, index
  func.return
}
// CHECK: convert-micro-to-machine: tile.fill has no machine form here; run the passes that lower it first

// -----

func.func @blocks() {
  cf.br ^next
^next:
  func.return
}
// CHECK: convert-micro-to-machine: @blocks must have one block
