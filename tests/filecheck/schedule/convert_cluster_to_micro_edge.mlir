// RUN: nmc-opt %s -p parallelize,double-buffer,plan-memory,convert-tile-to-micro,convert-cluster-to-micro | filecheck %s

// All layers have folded away: the output lies where the input does, and @main does nothing.
// CHECK: nmc.layers = []
// CHECK-SAME: nmc.inputs = [{name = "x", address = [[X:[0-9]+]] : i64
// CHECK-SAME: nmc.outputs = [{name = "y", address = [[X]] : i64
// CHECK: func.func @main() attributes {nmc.overwrites_all} {
// CHECK-NEXT: func.return
builtin.module attributes {nmc.target = "vega", nmc.cores = 4 : i64} {
func.func @main(%x: memref<64xi8, #cluster.space<l2>> {nmc.name = "x", nmc.type = tensor<8x8xi8>}) -> (memref<64xi8, #cluster.space<l2>> {nmc.name = "y", nmc.type = tensor<64xi8>}) {
  func.return %x : memref<64xi8, #cluster.space<l2>>
}
}
