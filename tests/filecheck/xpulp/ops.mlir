// RUN: nmc-opt %s | filecheck %s
// RUN: nmc-opt %s | nmc-opt | filecheck %s

// CHECK-LABEL: riscv_func.func @instructions
riscv_func.func @instructions(%p : !riscv.reg, %n : !riscv.reg) {
  // CHECK: xpulp.p.lw.post %p, 4 : (!riscv.reg) -> (!riscv.reg, !riscv.reg)
  %v, %p1 = xpulp.p.lw.post %p, 4 : (!riscv.reg) -> (!riscv.reg, !riscv.reg)
  // CHECK: xpulp.p.lbu.post_reg %p1, %n : (!riscv.reg, !riscv.reg) -> (!riscv.reg, !riscv.reg)
  %b, %p2 = xpulp.p.lbu.post_reg %p1, %n : (!riscv.reg, !riscv.reg) -> (!riscv.reg, !riscv.reg)
  // CHECK: xpulp.p.sw.post %p2, %v, -4 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %p3 = xpulp.p.sw.post %p2, %v, -4 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK: xpulp.p.sw.reg %p3, %v, %n {volatile} : (!riscv.reg, !riscv.reg, !riscv.reg) -> ()
  xpulp.p.sw.reg %p3, %v, %n {volatile} : (!riscv.reg, !riscv.reg, !riscv.reg) -> ()
  // CHECK: xpulp.pv.sdotusp.b %b, %v, %n : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %d = xpulp.pv.sdotusp.b %b, %v, %n : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK: xpulp.p.addRN %d, %n, 7 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %r = xpulp.p.addRN %d, %n, 7 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK: xpulp.p.insert %r, %n, 3, 4 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %i = xpulp.p.insert %r, %n, 3, 4 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK: xpulp.pv.max.sci.b %i, -32 : (!riscv.reg) -> !riscv.reg
  %m = xpulp.pv.max.sci.b %i, -32 : (!riscv.reg) -> !riscv.reg
  // CHECK: xpulp.pv.shuffleI2.sci.b %m, 24 : (!riscv.reg) -> !riscv.reg
  %s = xpulp.pv.shuffleI2.sci.b %m, 24 : (!riscv.reg) -> !riscv.reg
  // CHECK: xpulp.p.elw %s, 60 : (!riscv.reg) -> !riscv.reg
  %e = xpulp.p.elw %s, 60 : (!riscv.reg) -> !riscv.reg
  // CHECK: xpulp.lp.setupi 0, 12, ".Lend"
  xpulp.lp.setupi 0, 12, ".Lend"
  // CHECK: xpulp.p.bneimm %e, -3, ".Lend" : !riscv.reg
  xpulp.p.bneimm %e, -3, ".Lend" : !riscv.reg
  riscv_func.return
}

// CHECK-LABEL: riscv_func.func @structured
riscv_func.func @structured(%p : !riscv.reg, %n : !riscv.reg) {
  // CHECK: %{{.*}} = xpulp.hwloop %n : !riscv.reg nonzero iter_args(%acc = %p : !riscv.reg) {
  // CHECK:   xpulp.yield %{{.*}} : !riscv.reg
  %r = xpulp.hwloop %n : !riscv.reg nonzero iter_args(%acc = %p : !riscv.reg) {
    %next = riscv.addi %acc, 1 : (!riscv.reg) -> !riscv.reg
    xpulp.yield %next : !riscv.reg
  }
  // CHECK: xpulp.hwloop 16 {
  xpulp.hwloop 16 {
    riscv.sw %p, %r, 0 : (!riscv.reg, !riscv.reg) -> ()
  }
  // CHECK: %{{.*}} = xpulp.if lt %r, %n : !riscv.reg, !riscv.reg -> (!riscv.reg) {
  // CHECK: } else {
  %x = xpulp.if lt %r, %n : !riscv.reg, !riscv.reg -> (!riscv.reg) {
    xpulp.yield %r : !riscv.reg
  } else {
    xpulp.yield %n : !riscv.reg
  }
  // CHECK: xpulp.if ne %x, -5 : !riscv.reg {
  // CHECK-NOT: else
  xpulp.if ne %x, -5 : !riscv.reg {
    riscv.sw %p, %x, 0 : (!riscv.reg, !riscv.reg) -> ()
  }
  riscv_func.return
}
