// RUN: nmc-opt %s --split-input-file --verify-diagnostics --parsing-diagnostics | filecheck %s

riscv_func.func @count(%p : !riscv.reg) {
  xpulp.hwloop 0 {
  }
  riscv_func.return
}
// CHECK: a constant count is at least 1

// -----

riscv_func.func @types(%p : !riscv.reg) {
  %r = xpulp.hwloop 3 iter_args(%a = %p : !riscv.reg) {
    xpulp.yield
  }
  riscv_func.return
}
// CHECK: the body yields other types than the results'

// -----

riscv_func.func @predicate(%p : !riscv.reg) {
  xpulp.if almost %p, 0 : !riscv.reg {
  }
  riscv_func.return
}
// CHECK: unknown predicate 'almost'

// -----

riscv_func.func @constant(%p : !riscv.reg) {
  xpulp.if lt %p, 3 : !riscv.reg {
  }
  riscv_func.return
}
// CHECK: only eq and ne take a constant other than 0, and only -16 to 15

// -----

riscv_func.func @range(%p : !riscv.reg) {
  %x = xpulp.pv.add.sci.b %p, 32 : (!riscv.reg) -> !riscv.reg
  riscv_func.return
}
// CHECK: Integer value 32 is out of range
