// RUN: nmc-opt %s -p flatten-control-flow --split-input-file --verify-diagnostics | filecheck %s

riscv_func.func @branch(%a : !riscv.reg<a0>) {
  xpulp.hwloop 5 {
    xpulp.if eq %a, 0 : !riscv.reg<a0> {
      riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    }
  }
  riscv_func.return
}
// CHECK: function 'branch' branches or calls in the body of a hardware loop

// -----

riscv_func.func @three(%a : !riscv.reg<a0>) {
  xpulp.hwloop 5 {
    xpulp.hwloop 5 {
      xpulp.hwloop 5 {
        riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
      }
    }
  }
  riscv_func.return
}
// CHECK: function 'three' nests three hardware loops; the machine has two
