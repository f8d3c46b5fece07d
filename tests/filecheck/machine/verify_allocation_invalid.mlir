// RUN: nmc-opt %s -p verify-allocation --split-input-file --verify-diagnostics | filecheck %s

riscv_func.func @overwritten(%a : !riscv.reg<a0>, %b : !riscv.reg<a1>) {
  %s = riscv.add %a, %b : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<a1>
  %t = riscv.sub %s, %b : (!riscv.reg<a1>, !riscv.reg<a1>) -> !riscv.reg<a0>
  riscv_func.return
}
// CHECK: function 'overwritten': riscv.sub: register a1 does not hold %b here but %s

// -----

riscv_func.func @unassigned(%a : !riscv.reg<a0>) {
  %s = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg
  riscv_func.return
}
// CHECK: function 'unassigned': riscv.addi: value %s has no register

// -----

riscv_func.func @untied(%a : !riscv.reg<a0>, %b : !riscv.reg<a1>) {
  %s = xpulp.p.mac %a, %b, %b : (!riscv.reg<a0>, !riscv.reg<a1>, !riscv.reg<a1>) -> !riscv.reg<t0>
  riscv_func.return
}
// CHECK: xpulp.p.mac: operand %a is in a0 but is tied to a result in t0

// -----

riscv_func.func @same(%a : !riscv.reg<a0>) {
  %s, %p = xpulp.p.lw.post %a, 4 : (!riscv.reg<a0>) -> (!riscv.reg<a0>, !riscv.reg<a0>)
  riscv_func.return
}
// CHECK: xpulp.p.lw.post: writes register a0 twice

// -----

// The second iteration reads what the first one overwrote.
riscv_func.func @loop(%a : !riscv.reg<a0>, %p : !riscv.reg<a1>) {
  xpulp.hwloop 4 {
    %v = riscv.lw %p, 0 : (!riscv.reg<a1>) -> !riscv.reg<t0>
    %w = riscv.add %v, %a : (!riscv.reg<t0>, !riscv.reg<a0>) -> !riscv.reg<a0>
    riscv.sw %p, %w, 0 : (!riscv.reg<a1>, !riscv.reg<a0>) -> ()
  }
  riscv_func.return
}
// CHECK: function 'loop': riscv.add: register a0 does not hold %a here but an unknown value

// -----

riscv_func.func @call(%a : !riscv.reg<a0>) {
  %s = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<t0>
  riscv_func.call @call(%a) : (!riscv.reg<a0>) -> ()
  riscv.sw %s, %s, 0 : (!riscv.reg<t0>, !riscv.reg<t0>) -> ()
  riscv_func.return
}
// CHECK: function 'call': riscv.sw: register t0 does not hold %s here but an unknown value

// -----

riscv_func.func @carried(%a : !riscv.reg<a0>) {
  %r = xpulp.hwloop 4 iter_args(%x = %a : !riscv.reg<a0>) {
    %y = riscv.addi %x, 1 : (!riscv.reg<a0>) -> !riscv.reg<a0>
    %z = riscv.addi %y, 1 : (!riscv.reg<a0>) -> !riscv.reg<a0>
    xpulp.yield %y : !riscv.reg<a0>
  }
  riscv_func.return
}
// CHECK: xpulp.yield: register a0 does not hold %y here but %z

// -----

riscv_func.func @slot(%a : !riscv.reg<a0>) {
  %sp = rv32.get_register : !riscv.reg<sp>
  xpulp.if ne %a, 0 : !riscv.reg<a0> {
    riscv.sw %sp, %a, 0 {spill = 0 : i32} : (!riscv.reg<sp>, !riscv.reg<a0>) -> ()
  }
  %b = riscv.lw %sp, 0 {reload = 0 : i32} : (!riscv.reg<sp>) -> !riscv.reg<a0>
  riscv_func.return
}
// CHECK: riscv.lw: slot at 0(sp) does not hold 0 : i32

// -----

riscv_func.func @saved(%a : !riscv.reg<a0>) attributes {frame_bytes = 0 : i32} {
  %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<s1>
  riscv_func.return
}
// CHECK: riscv_func.return: register s1 is not restored

// -----

riscv_func.func @more() attributes {nmc.overwrites = array<i64: 1, 5>} {
  %a = rv32.li 1 : !riscv.reg<t0>
  %b = rv32.li 2 : !riscv.reg<t1>
  riscv_func.return
}
// CHECK: function 'more': rv32.li: writes t1, which is not recorded

// -----

riscv_func.func @marked() attributes {nmc.overwrites_all} {
  riscv_func.return
}

riscv_func.func @keeps(%a : !riscv.reg<a0>) {
  %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<s0>
  riscv_func.call @marked() : () -> ()
  %c = riscv.addi %b, 1 : (!riscv.reg<s0>) -> !riscv.reg<a0>
  riscv_func.return
}
// CHECK: function 'keeps': riscv.addi: register s0 does not hold %b here
