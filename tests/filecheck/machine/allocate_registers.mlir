// RUN: nmc-opt %s -p allocate-registers,verify-allocation | filecheck %s

// Arguments stay where the ABI puts them, results go where it wants them.
// CHECK-LABEL: @leaf(%a: !riscv.reg<a0>, %b: !riscv.reg<a1>) -> !riscv.reg<a0>
// CHECK-NEXT: %s = riscv.add %a, %b : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<a0>
// CHECK-NEXT: riscv_func.return %s : !riscv.reg<a0>
riscv_func.func @leaf(%a : !riscv.reg, %b : !riscv.reg) -> !riscv.reg {
  %s = riscv.add %a, %b : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return %s : !riscv.reg
}

// A tied operand that is needed afterwards is copied, one that is not is not.
// CHECK-LABEL: @tied
// CHECK-NEXT: [[C:%.*]] = riscv.mv %acc : (!riscv.reg<a0>) -> !riscv.reg<[[R:.*]]>
// CHECK-NEXT: %m = xpulp.p.mac [[C]], %x, %x : (!riscv.reg<[[R]]>, !riscv.reg<a1>, !riscv.reg<a1>) -> !riscv.reg<[[R]]>
// CHECK-NEXT: %n = xpulp.p.mac %m, %acc, %x : (!riscv.reg<[[R]]>, !riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<[[R]]>
riscv_func.func @tied(%acc : !riscv.reg, %x : !riscv.reg) {
  %m = xpulp.p.mac %acc, %x, %x : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %n = xpulp.p.mac %m, %acc, %x : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  riscv.sw %x, %n, 0 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// Swapping carried values needs registers exchanged; equal initial values need two registers.
// CHECK-LABEL: @swap
// CHECK: xpulp.hwloop %n : !riscv.reg<a1> nonzero iter_args(%p = %{{.*}} : !riscv.reg<[[P:.*]]>, %q = %{{.*}} : !riscv.reg<[[Q:.*]]>) {
// CHECK-NEXT: riscv.add %p, %q
// CHECK-NEXT: riscv.xor
// CHECK-NEXT: riscv.xor
// CHECK-NEXT: riscv.xor
// CHECK-NEXT: xpulp.yield %{{.*}}, %{{.*}} : !riscv.reg<[[P]]>, !riscv.reg<[[Q]]>
riscv_func.func @swap(%a : !riscv.reg, %n : !riscv.reg) -> (!riscv.reg, !riscv.reg) {
  %r:2 = xpulp.hwloop %n : !riscv.reg nonzero iter_args(%p = %a : !riscv.reg, %q = %a : !riscv.reg) {
    %s = riscv.add %p, %q : (!riscv.reg, !riscv.reg) -> !riscv.reg
    xpulp.yield %q, %p : !riscv.reg, !riscv.reg
  }
  riscv_func.return %r#0, %r#1 : !riscv.reg, !riscv.reg
}

// A value needed after a call of what is not known sits in a callee-saved register, a constant is
// made again.
// CHECK-LABEL: @caller
// CHECK-NEXT: [[S:%.*]] = riscv.mv %x : (!riscv.reg<a0>) -> !riscv.reg<s0>
// CHECK-NEXT: [[A:%.*]] = riscv.mv [[S]] : (!riscv.reg<s0>) -> !riscv.reg<a0>
// CHECK-NEXT: rv32.li 7 : !riscv.reg<a1>
// CHECK-NEXT: riscv_func.call @elsewhere([[A]], %{{.*}}) : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<a0>
// CHECK-NEXT: riscv.add %r, [[S]]
riscv_func.func @caller(%x : !riscv.reg) -> !riscv.reg {
  %c = rv32.li 7 : !riscv.reg
  %r = riscv_func.call @elsewhere(%x, %c) : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %s = riscv.add %r, %x : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return %s : !riscv.reg
}

// Nothing survives a call of a function that is marked but what lies in memory.
// CHECK-LABEL: @over_marked
// CHECK: riscv.sw %{{.*}}, %{{.*}} {spill
// CHECK: riscv_func.call @marked
// CHECK: {reload
riscv_func.func @marked() attributes {nmc.overwrites_all} {
  riscv_func.return
}
riscv_func.func @over_marked(%a : !riscv.reg) -> !riscv.reg {
  riscv_func.call @marked() : () -> ()
  %b = riscv.addi %a, 1 : (!riscv.reg) -> !riscv.reg
  riscv_func.return %b : !riscv.reg
}

// What a function without calls does not write survives a call of it, in a register that costs no save.
// CHECK-LABEL: @over_small
// CHECK-NEXT: %c = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<t{{[0-6]}}>
// CHECK-NEXT: %b = riscv_func.call @small
// CHECK-NOT: reload
// CHECK: riscv_func.return
riscv_func.func @over_small(%a : !riscv.reg) -> !riscv.reg {
  %c = riscv.addi %a, 1 : (!riscv.reg) -> !riscv.reg
  %b = riscv_func.call @small(%a) : (!riscv.reg) -> !riscv.reg
  %d = riscv.add %b, %c : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return %d : !riscv.reg
}
// CHECK-LABEL: func @small
// CHECK-SAME: nmc.overwrites = array<i64: 1, 10>
riscv_func.func @small(%a : !riscv.reg) -> !riscv.reg {
  %b = riscv.addi %a, 2 : (!riscv.reg) -> !riscv.reg
  riscv_func.return %b : !riscv.reg
}
