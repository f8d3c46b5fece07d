// RUN: nmc-opt %s -p 'plan-memory{l2=66236},stream-weights' | filecheck %s
// RUN: nmc-opt %s -p plan-memory,stream-weights | filecheck %s --check-prefix=RESIDENT

// Eight tiles of weights do not fit what is left of L2: they come from L3.
builtin.module {
// CHECK: cluster.stream @weights ring [{{[0-9]+}}, {{[0-9]+}}] state 268435456
// The ring holds three chunks: the fourth waits until the first has been given back.
// CHECK-SAME: transfers [2147483648, [[A:[0-9]+]], 128, 0, 2147483776, {{[0-9]+}}, 128, 0, 2147483904, {{[0-9]+}}, 128, 0, 2147484032, [[A]], 128, 1,
// RESIDENT-NOT: cluster.stream
// CHECK: cluster.data @w <l3> = dense<1> : tensor<1024xi8> at 2147483648
cluster.data @w <l3> = dense<1> : tensor<1024xi8>
func.func @main() {
  %w = cluster.get_data @w : memref<1024xi8, #cluster.space<l3>>
  cluster.layer @l plan {kind = "flat", kernel = "add", reason = "by hand", cores = 4 : i64, double = ["out", "x"], l1_bytes = 24 : i64, dma_bytes = 24 : i64, cycles = 100 : i64, busiest = 1000 : i64, tiles = array<i64: 16>} info {} cores 8 {
    // Eight chunks, each of which comes while little is computed: its bytes, the latency, core 0's part.
    // CHECK: cluster.layer @l {{.*}} cores 8 stream 2416 {
    // RESIDENT: cluster.layer @l {{.*}} cores 8 {
    // CHECK: cluster.master {
    // CHECK-NEXT: cluster.stream_pump @weights
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c128 = arith.constant 128 : index
    %b = cluster.alloc "w" : memref<128xi8, #cluster.space<l1>>
    // CHECK: scf.for
    // CHECK-NEXT: cluster.master {
    // CHECK-NEXT: cluster.stream_pump @weights
    scf.for %i = %c0 to %c8 step %c1 {
      %at = arith.muli %i, %c128 : index
      cluster.master {
        // CHECK: %[[CHUNK:.*]] = cluster.stream_next @weights : memref<128xi8, #cluster.space<l2>>
        // CHECK-NEXT: cluster.copy %[[CHUNK]][%{{.*}}] to %b
        // RESIDENT: cluster.copy %w
        cluster.copy %w[%at] to %b[%c0] length %c128 : memref<1024xi8, #cluster.space<l3>> to memref<128xi8, #cluster.space<l1>>
      }
      cluster.barrier
    }
  }
  func.return
}
}
