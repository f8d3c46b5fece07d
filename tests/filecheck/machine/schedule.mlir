// RUN: nmc-opt %s -p schedule | filecheck %s

// The second load fills the first one's delay.
// CHECK-LABEL: @delay
// CHECK: %a = riscv.lw %p, 0
// CHECK-NEXT: %c = riscv.lw %p, 4
// CHECK-NEXT: %b = riscv.addi %a, 1
// CHECK-NEXT: %d = riscv.addi %c, 1
riscv_func.func @delay(%p : !riscv.reg) {
  %a = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
  %b = riscv.addi %a, 1 : (!riscv.reg) -> !riscv.reg
  %c = riscv.lw %p, 4 : (!riscv.reg) -> !riscv.reg
  %d = riscv.addi %c, 1 : (!riscv.reg) -> !riscv.reg
  riscv.sw %p, %b, 8 : (!riscv.reg, !riscv.reg) -> ()
  riscv.sw %p, %d, 12 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// A store to the same bytes, or through another pointer, is not crossed by a load.
// CHECK-LABEL: @memory
// CHECK: %a = riscv.lw %p, 0
// CHECK-NEXT: %d = riscv.lw %p, 16
// CHECK-NEXT: riscv.sw %p, %a, 4
// CHECK-NEXT: %c = riscv.lw %p, 6
riscv_func.func @memory(%p : !riscv.reg, %q : !riscv.reg) {
  %a = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
  riscv.sw %p, %a, 4 : (!riscv.reg, !riscv.reg) -> ()
  %c = riscv.lw %p, 6 : (!riscv.reg) -> !riscv.reg
  %d = riscv.lw %p, 16 : (!riscv.reg) -> !riscv.reg
  %e = riscv.add %c, %d : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv.sw %q, %e, 0 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// Volatile accesses and gathers keep their order; nothing crosses a call.
// CHECK-LABEL: @ordered
// CHECK: %a = riscv.lw %p, 0 {volatile}
// CHECK-NEXT: riscv.sw %p, %a, 4 {volatile}
// CHECK-NEXT: %b = riscv.lw %p, 64
// CHECK-NEXT: xnm.xdecimate.clr
// CHECK-NEXT: %g = xnm.xdecimate.m4 %b, %p, %q
// CHECK-NEXT: %h = xnm.xdecimate.m4 %q, %p, %q
// CHECK-NEXT: %i = xnm.xdecimate.m4 %g, %p, %q
// CHECK-NEXT: riscv_func.call @ordered
// CHECK-NEXT: %j = riscv.lw %p, 68
riscv_func.func @ordered(%p : !riscv.reg, %q : !riscv.reg) {
  %a = riscv.lw %p, 0 {volatile} : (!riscv.reg) -> !riscv.reg
  riscv.sw %p, %a, 4 {volatile} : (!riscv.reg, !riscv.reg) -> ()
  %b = riscv.lw %p, 64 : (!riscv.reg) -> !riscv.reg
  xnm.xdecimate.clr
  %g = xnm.xdecimate.m4 %b, %p, %q : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %h = xnm.xdecimate.m4 %q, %p, %q : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %i = xnm.xdecimate.m4 %g, %p, %q : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.call @ordered(%h, %i) : (!riscv.reg, !riscv.reg) -> ()
  %j = riscv.lw %p, 68 : (!riscv.reg) -> !riscv.reg
  riscv.sw %q, %j, 0 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// What gathers have added to accumulators is read after two other instructions, if there are any. A
// requantisation's rd is shifted into without waiting, its other operands are not.
// CHECK-LABEL: @accumulators
// CHECK-NEXT: xnm.xgmac.start %p
// CHECK-NEXT: %m = riscv.lw %p, 0
// CHECK-NEXT: xnm.xgmac.m8 %p, %q, %q, 2
// CHECK-NEXT: xnm.xgmac.m8 %p, %q, %q, 2
// CHECK-NEXT: %n = riscv.lw %p, 4
// CHECK-NEXT: %o = riscv.add %p, %q
// CHECK-NEXT: %y = xnm.xrq %n, %m, %q, 7
// CHECK-NEXT: %z = xnm.xrq %y, %m, %q, 7
// CHECK-NEXT: riscv.sw %q, %o, 4
// CHECK-NEXT: riscv.sw %q, %z, 0
riscv_func.func @accumulators(%p : !riscv.reg, %q : !riscv.reg) {
  xnm.xgmac.start %p : !riscv.reg
  %m = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
  xnm.xgmac.m8 %p, %q, %q, 2 : !riscv.reg, !riscv.reg, !riscv.reg
  xnm.xgmac.m8 %p, %q, %q, 2 : !riscv.reg, !riscv.reg, !riscv.reg
  %n = riscv.lw %p, 4 : (!riscv.reg) -> !riscv.reg
  %y = xnm.xrq %n, %m, %q, 7 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  %z = xnm.xrq %y, %m, %q, 7 : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
  riscv.sw %q, %z, 0 : (!riscv.reg, !riscv.reg) -> ()
  %o = riscv.add %p, %q : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv.sw %q, %o, 4 : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// In allocated code the registers' own order is kept: t1 is read before it is written again.
// CHECK-LABEL: @allocated
// CHECK: riscv.lw %p, 0
// CHECK-NEXT: riscv.add %a, %x
// CHECK-NEXT: riscv.lw %p, 4
riscv_func.func @allocated(%p : !riscv.reg<a0>, %x : !riscv.reg<t1>) {
  %a = riscv.lw %p, 0 : (!riscv.reg<a0>) -> !riscv.reg<t0>
  %b = riscv.add %a, %x : (!riscv.reg<t0>, !riscv.reg<t1>) -> !riscv.reg<t0>
  %c = riscv.lw %p, 4 : (!riscv.reg<a0>) -> !riscv.reg<t1>
  riscv.sw %p, %b, 8 : (!riscv.reg<a0>, !riscv.reg<t0>) -> ()
  riscv.sw %p, %c, 12 : (!riscv.reg<a0>, !riscv.reg<t1>) -> ()
  riscv_func.return
}
