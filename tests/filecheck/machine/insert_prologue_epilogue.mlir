// RUN: nmc-opt %s -p insert-prologue-epilogue,verify-allocation | filecheck %s

// CHECK-LABEL: @leaf(%a: !riscv.reg<a0>) attributes {frame_bytes = 0 : i32}
// CHECK-NEXT: riscv.addi
// CHECK-NEXT: riscv_func.return
riscv_func.func @leaf(%a : !riscv.reg<a0>) {
  %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<t0>
  riscv_func.return
}

// CHECK-LABEL: @saves
// CHECK-SAME: frame_bytes = 16 : i32
// CHECK-NEXT: %0 = rv32.get_register : !riscv.reg<sp>
// CHECK-NEXT: %1 = riscv.addi %0, -16 {frame}
// CHECK-NEXT: %2 = rv32.get_register : !riscv.reg<ra>
// CHECK-NEXT: riscv.sw %1, %2, 4 {save}
// CHECK-NEXT: %3 = rv32.get_register : !riscv.reg<s0>
// CHECK-NEXT: riscv.sw %1, %3, 8 {save}
// CHECK: riscv_func.call
// CHECK-NEXT: rv32.get_register : !riscv.reg<sp>
// CHECK-NEXT: riscv.lw %{{.*}}, 4 {restore} : (!riscv.reg<sp>) -> !riscv.reg<ra>
// CHECK-NEXT: riscv.lw %{{.*}}, 8 {restore} : (!riscv.reg<sp>) -> !riscv.reg<s0>
// CHECK-NEXT: riscv.addi %{{.*}}, 16 {frame}
// CHECK-NEXT: riscv_func.return
riscv_func.func @saves(%a : !riscv.reg<a0>) attributes {spill_bytes = 4 : i32} {
  %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<s0>
  riscv_func.call @leaf(%a) : (!riscv.reg<a0>) -> ()
  riscv_func.return
}

// A function that is marked saves only its return address; who calls it saves all the others.
// CHECK-LABEL: @marked
// CHECK-SAME: frame_bytes = 16 : i32
// CHECK-NOT: !riscv.reg<s0>{{.*}} {save}
// CHECK: riscv_func.call
// CHECK-NOT: {restore} : (!riscv.reg<sp>) -> !riscv.reg<s0>
// CHECK: riscv_func.return
riscv_func.func @marked(%a : !riscv.reg<a0>) attributes {nmc.overwrites_all} {
  %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<s0>
  riscv_func.call @leaf(%a) : (!riscv.reg<a0>) -> ()
  riscv_func.return
}

// CHECK-LABEL: @calls_marked
// CHECK-SAME: frame_bytes = 64 : i32
// CHECK: !riscv.reg<s0>) -> ()
// CHECK: !riscv.reg<s11>) -> ()
riscv_func.func @calls_marked(%a : !riscv.reg<a0>) {
  riscv_func.call @marked(%a) : (!riscv.reg<a0>) -> ()
  riscv_func.return
}
