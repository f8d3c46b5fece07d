// RUN: nmc-opt %s | filecheck %s
// RUN: nmc-opt %s | nmc-opt | filecheck %s

// CHECK-LABEL: riscv_func.func @gather
riscv_func.func @gather(%w : !riscv.reg, %base : !riscv.reg, %indices : !riscv.reg) {
  // CHECK-NEXT: xnm.xdecimate.clr
  xnm.xdecimate.clr
  // CHECK-NEXT: xnm.xdecimate.m8 %w, %base, %indices : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %0 = xnm.xdecimate.m8 %w, %base, %indices : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK-NEXT: xnm.xdecimate.s.m16 %{{.*}}, %base, %indices : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %1 = xnm.xdecimate.s.m16 %0, %base, %indices : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return
}
