// RUN: nmc-opt %s --split-input-file --verify-diagnostics --parsing-diagnostics | filecheck %s

%b, %i, %w = "test.op"() : () -> (!riscv.reg, !riscv.reg, !riscv.reg)
xnm.xgmac.m8 %b, %i, %w, 8 : !riscv.reg, !riscv.reg, !riscv.reg
// CHECK: Integer value 8 is out of range for type ui3

// -----

%y, %m, %z = "test.op"() : () -> (!riscv.reg, !riscv.reg, !riscv.reg)
%a = xnm.xrq %y, %m, %z, 64 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
// CHECK: Integer value 64 is out of range for type ui6
