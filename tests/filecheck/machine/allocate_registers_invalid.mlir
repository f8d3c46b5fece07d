// RUN: nmc-opt %s -p allocate-registers --split-input-file --verify-diagnostics | filecheck %s

riscv_func.func @nine(%a : !riscv.reg, %b : !riscv.reg, %c : !riscv.reg, %d : !riscv.reg, %e : !riscv.reg, %f : !riscv.reg, %g : !riscv.reg, %h : !riscv.reg, %i : !riscv.reg) {
  riscv_func.return
}
// CHECK: function 'nine' has 9 arguments; at most 8 fit the argument registers

// -----

riscv_func.func @named(%a : !riscv.reg) {
  %s = riscv.addi %a, 1 : (!riscv.reg) -> !riscv.reg<t0>
  riscv_func.return
}
// CHECK: function 'named' has a value in !riscv.reg<t0> already

// -----

riscv_func.func @foreign(%a : !riscv.reg) {
  "test.op"(%a) : (!riscv.reg) -> ()
  riscv_func.return
}
// CHECK: function 'foreign' holds 'test.op', which is no machine instruction
