// RUN: nmc-opt %s -p 'attach-options{target=gap9 features=xnm cores=4 l1=65536 sparsity=1:8 asm=stock}' | filecheck %s
// RUN: nmc-opt %s -p 'attach-options{cores=3}' | filecheck %s --check-prefix=KEEP

// What is there already keeps its place.
// CHECK: builtin.module attributes {
// CHECK-SAME: nmc.target = "gap9"
// CHECK-SAME: nmc.l1 = 65536 : i64
// CHECK-SAME: nmc.features = ["xnm"]
// CHECK-SAME: nmc.cores = 4 : i64
// CHECK-SAME: nmc.sparsity = "1:8"
// CHECK-SAME: nmc.asm = "stock"

// What is not given stays.
// KEEP: nmc.target = "pulp-open"
// KEEP-SAME: nmc.l1 = 32768 : i64
// KEEP-SAME: nmc.cores = 3 : i64
builtin.module attributes {nmc.target = "pulp-open", nmc.l1 = 32768 : i64} {
}
