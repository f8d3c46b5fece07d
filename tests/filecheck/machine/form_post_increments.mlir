// RUN: nmc-opt %s -p form-post-increments | filecheck %s

// The access with offset 0 takes the step; later ones count from the new pointer.
// CHECK-LABEL: @constant
// CHECK: xpulp.hwloop 8 iter_args([[P:%.*]] = %base : !riscv.reg) {
// CHECK-NEXT: [[A:%.*]], [[Q:%.*]] = xpulp.p.lw.post [[P]], 8
// CHECK-NEXT: [[B:%.*]] = riscv.lbu [[Q]], -4
// CHECK-NEXT: riscv.sw [[Q]], [[A]], -8
// CHECK-NEXT: xpulp.yield [[Q]]
riscv_func.func @constant(%base : !riscv.reg) {
  %r = xpulp.hwloop 8 iter_args(%p = %base : !riscv.reg) {
    %a = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
    %b = riscv.lbu %p, 4 : (!riscv.reg) -> !riscv.reg
    riscv.sw %p, %a, 0 {volatile} : (!riscv.reg, !riscv.reg) -> ()
    %q = riscv.addi %p, 8 : (!riscv.reg) -> !riscv.reg
    xpulp.yield %q : !riscv.reg
  }
  riscv_func.return
}

// A register step: the access moves behind the other loads, which keep the old pointer.
// CHECK-LABEL: @register
// CHECK: [[B:%.*]] = riscv.lw [[P:%.*]], 4
// CHECK-NEXT: [[A:%.*]], [[Q:%.*]] = xpulp.p.lw.post_reg [[P]], %step
// CHECK-NEXT: riscv.add [[A]], [[B]]
riscv_func.func @register(%base : !riscv.reg, %step : !riscv.reg) {
  %r = xpulp.hwloop 8 iter_args(%p = %base : !riscv.reg) {
    %a = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
    %b = riscv.lw %p, 4 : (!riscv.reg) -> !riscv.reg
    %s = riscv.add %a, %b : (!riscv.reg, !riscv.reg) -> !riscv.reg
    %q = riscv.add %step, %p : (!riscv.reg, !riscv.reg) -> !riscv.reg
    xpulp.yield %q : !riscv.reg
  }
  riscv_func.return
}

// Stores too; the value stored is not the pointer.
// CHECK-LABEL: @store
// CHECK: [[Q:%.*]] = xpulp.p.sh.post %p, %v, 2
// CHECK: riscv.sw %v, %v, 0
// CHECK-NEXT: riscv.addi %v, 4
riscv_func.func @store(%p : !riscv.reg, %v : !riscv.reg) {
  riscv.sh %p, %v, 0 : (!riscv.reg, !riscv.reg) -> ()
  %q = riscv.addi %p, 2 : (!riscv.reg) -> !riscv.reg
  riscv.sw %v, %v, 0 : (!riscv.reg, !riscv.reg) -> ()
  %w = riscv.addi %v, 4 : (!riscv.reg) -> !riscv.reg
  riscv.sw %q, %w, 0 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// The old pointer is needed afterwards, or comes from outside the loop: nothing is gained.
// CHECK-LABEL: @kept
// CHECK-NOT: post
riscv_func.func @kept(%p : !riscv.reg, %v : !riscv.reg) {
  %a = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
  %q = riscv.addi %p, 4 : (!riscv.reg) -> !riscv.reg
  %s = riscv.sub %q, %p : (!riscv.reg, !riscv.reg) -> !riscv.reg
  xpulp.hwloop 8 {
    %b = riscv.lw %v, 0 : (!riscv.reg) -> !riscv.reg
    %w = riscv.addi %v, 4 : (!riscv.reg) -> !riscv.reg
    riscv.sw %w, %b, 0 : (!riscv.reg, !riscv.reg) -> ()
  }
  %c = riscv.lw %s, 0 {volatile} : (!riscv.reg) -> !riscv.reg
  %t = riscv.addi %s, 4 : (!riscv.reg) -> !riscv.reg
  riscv.sw %t, %c, 0 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}
