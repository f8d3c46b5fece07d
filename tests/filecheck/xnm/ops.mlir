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
  // CHECK-NEXT: %x = xnm.xgather.m4 %base, %indices, 2 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %x = xnm.xgather.m4 %base, %indices, 2 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return
}

// CHECK-LABEL: riscv_func.func @accumulate
riscv_func.func @accumulate(%y : !riscv.reg, %base : !riscv.reg, %indices : !riscv.reg, %weights : !riscv.reg) {
  // CHECK-NEXT: xnm.xgmac.start %y : !riscv.reg
  xnm.xgmac.start %y : !riscv.reg
  // CHECK-NEXT: xnm.xgmac.m8 %base, %indices, %weights, 3 : !riscv.reg, !riscv.reg, !riscv.reg
  xnm.xgmac.m8 %base, %indices, %weights, 3 : !riscv.reg, !riscv.reg, !riscv.reg
  // CHECK-NEXT: xnm.xgmacu.m16 %base, %indices, %weights, 0 : !riscv.reg, !riscv.reg, !riscv.reg
  xnm.xgmacu.m16 %base, %indices, %weights, 0 : !riscv.reg, !riscv.reg, !riscv.reg
  // CHECK-NEXT: %s = xnm.xgmac.pop : !riscv.reg
  %s = xnm.xgmac.pop : !riscv.reg
  // CHECK-NEXT: %a = xnm.xrq %y, %base, %indices, 40 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %a = xnm.xrq %y, %base, %indices, 40 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  // CHECK-NEXT: xnm.xrqu %a, %base, %indices, 63
  %b = xnm.xrqu %a, %base, %indices, 63 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return
}
