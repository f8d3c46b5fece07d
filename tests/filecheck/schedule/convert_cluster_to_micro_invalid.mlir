// RUN: nmc-opt %s -p convert-cluster-to-micro --split-input-file --verify-diagnostics | filecheck %s

// CHECK: layer l: buffer t has no address; run plan-memory before convert-cluster-to-micro
func.func @main() {
  cluster.layer @l plan {} info {} cores 1 {
    %t = cluster.alloc "t" : memref<16xi8, #cluster.space<l1>>
  }
  func.return
}

// -----

// CHECK: argument 0 of @main has no address; run plan-memory before convert-cluster-to-micro
func.func @main(%x: memref<64xi8, #cluster.space<l2>>) {
  cluster.layer @l plan {} info {} cores 1 {
    cluster.barrier
  }
  func.return
}
