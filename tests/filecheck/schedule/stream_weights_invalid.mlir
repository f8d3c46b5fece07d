// RUN: nmc-opt %s -p stream-weights --split-input-file --verify-diagnostics | filecheck %s

// CHECK: stream-weights: the module has no ring; run plan-memory first
builtin.module {
cluster.data @w <l3> = dense<1> : tensor<256xi8>
func.func @main() {
  func.return
}
}

// -----

// CHECK: layer l: a transfer of weights depends on a value that is not known when compiling
builtin.module attributes {nmc.ring = array<i64: 0, 512, 512>} {
cluster.data @w <l3> = dense<1> : tensor<256xi8> at 2147483648
func.func @main(%n: index) {
  %w = cluster.get_data @w : memref<256xi8, #cluster.space<l3>>
  cluster.layer @l plan {} info {} cores 8 {
    %b = cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
    cluster.master {
      cluster.copy %w[%n] to %b[%n] length %n : memref<256xi8, #cluster.space<l3>> to memref<128xi8, #cluster.space<l1>>
    }
  }
  func.return
}
}

// -----

// CHECK: layer l: every core loads weights for itself, but only core 0 may ask for those in L3; put the transfer into cluster.master or the weights into L2
builtin.module attributes {nmc.ring = array<i64: 0, 512, 512>} {
cluster.data @w <l3> = dense<1> : tensor<256xi8> at 2147483648
func.func @main(%n: index) {
  %w = cluster.get_data @w : memref<256xi8, #cluster.space<l3>>
  cluster.layer @l plan {} info {} cores 8 {
    %b = cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
    cluster.copy %w[%n] to %b[%n] length %n : memref<256xi8, #cluster.space<l3>> to memref<128xi8, #cluster.space<l1>>
  }
  func.return
}
}
