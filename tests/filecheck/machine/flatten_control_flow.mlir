// RUN: nmc-opt %s -p flatten-control-flow | nmc-opt -t asm | filecheck %s

// CHECK-LABEL: for:
// CHECK-NEXT: bge a0, a1, .Lfor_end0
// CHECK-NEXT: .Lfor_body0:
// CHECK-NEXT: sw a0, 0(a1)
// CHECK-NEXT: addi a0, a0, 4
// CHECK-NEXT: blt a0, a1, .Lfor_body0
// CHECK-NEXT: .Lfor_end0:
// CHECK-NEXT: jalr zero, 0(ra)
riscv_func.func @for(%a : !riscv.reg<a0>, %n : !riscv.reg<a1>) {
  riscv_scf.for %i : !riscv.reg<a0> = %a : !riscv.reg<a0> to %n : !riscv.reg<a1> step 4 : si12 {
    riscv.sw %n, %i, 0 : (!riscv.reg<a1>, !riscv.reg<a0>) -> ()
  }
  riscv_func.return
}

// A bound that is a constant on one of two ways is none.
// CHECK-LABEL: bound:
// CHECK:      addi s0, zero, 4
// CHECK:      addi s0, a1, 0
// CHECK:      addi a0, zero, 0
// CHECK-NEXT: bge a0, s0, .Lbound_end1
// CHECK-NEXT: .Lbound_body1:
riscv_func.func @bound(%a : !riscv.reg<a0>, %n : !riscv.reg<a1>) {
  %c = xpulp.if lt %a, %n : !riscv.reg<a0>, !riscv.reg<a1> -> (!riscv.reg<s0>) {
    %four = rv32.li 4 : !riscv.reg<s0>
    xpulp.yield %four : !riscv.reg<s0>
  } else {
    %other = riscv.mv %n : (!riscv.reg<a1>) -> !riscv.reg<s0>
    xpulp.yield %other : !riscv.reg<s0>
  }
  %zero = rv32.li 0 : !riscv.reg<a0>
  riscv_scf.for %i : !riscv.reg<a0> = %zero : !riscv.reg<a0> to %c : !riscv.reg<s0> step 4 : si12 {
    riscv.sw %n, %i, 0 : (!riscv.reg<a1>, !riscv.reg<a0>) -> ()
  }
  riscv_func.return
}

// The comparison becomes the branch.
// CHECK-LABEL: while:
// CHECK-NEXT: .Lwhile_test0:
// CHECK-NEXT: bgeu a0, a1, .Lwhile_end0
// CHECK-NEXT: addi a0, a0, 1
// CHECK-NEXT: jal zero, .Lwhile_test0
// CHECK-NEXT: .Lwhile_end0:
riscv_func.func @while(%a : !riscv.reg<a0>, %n : !riscv.reg<a1>) {
  %r = riscv_scf.while (%x = %a) : (!riscv.reg<a0>) -> !riscv.reg<a0> {
    %c = riscv.sltu %x, %n : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<t0>
    riscv_scf.condition(%c : !riscv.reg<t0>) %x : !riscv.reg<a0>
  } do {
  ^bb0(%y : !riscv.reg<a0>):
    %z = riscv.addi %y, 1 : (!riscv.reg<a0>) -> !riscv.reg<a0>
    riscv_scf.yield %z : !riscv.reg<a0>
  }
  riscv_func.return
}

// A guard for a count that may be zero; bodies of three instructions and more; the label of the
// end stands on the last one.
// CHECK-LABEL: loops:
// CHECK-NEXT: bge zero, a1, .Lloops_loop_end0
// CHECK-NEXT: lp.setup x0, a1, .Lloops_loop_last0
// CHECK-NEXT: sw a0, 0(a0)
// CHECK-NEXT: addi zero, zero, 0
// CHECK-NEXT: .Lloops_loop_last0:
// CHECK-NEXT: addi zero, zero, 0
// CHECK-NEXT: .Lloops_loop_end0:
// An outer loop ends two instructions after the inner one.
// CHECK-NEXT: lp.setupi x1, 5, .Lloops_loop_last1
// CHECK-NEXT: lp.setupi x0, 6, .Lloops_loop_last2
// CHECK-NEXT: sw a0, 0(a0)
// CHECK-NEXT: sw a0, 4(a0)
// CHECK-NEXT: .Lloops_loop_last2:
// CHECK-NEXT: sw a0, 8(a0)
// CHECK-NEXT: sw a0, 12(a0)
// CHECK-NEXT: .Lloops_loop_last1:
// CHECK-NEXT: addi zero, zero, 0
riscv_func.func @loops(%a : !riscv.reg<a0>, %n : !riscv.reg<a1>) {
  xpulp.hwloop %n : !riscv.reg<a1> {
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
  }
  xpulp.hwloop 5 {
    xpulp.hwloop 6 {
      riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
      riscv.sw %a, %a, 4 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
      riscv.sw %a, %a, 8 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    }
    riscv.sw %a, %a, 12 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
  }
  riscv_func.return
}

// A constant count that lp.setupi cannot reach the end with.
// CHECK-LABEL: long:
// CHECK-NEXT: lp.starti x0, .Llong_loop0
// CHECK-NEXT: lp.endi x0, .Llong_loop_last0
// CHECK-NEXT: lp.counti x0, 100
// CHECK-NEXT: .Llong_loop0:
riscv_func.func @long(%a : !riscv.reg<a0>) {
  xpulp.hwloop 100 {
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
    riscv.sw %a, %a, 0 : (!riscv.reg<a0>, !riscv.reg<a0>) -> ()
  }
  riscv_func.return
}

// Two-way, one-way both ways round, and constants in the branch.
// CHECK-LABEL: ifs:
// CHECK-NEXT: bge a0, a1, .Lifs_else0
// CHECK-NEXT: addi a0, a0, 1
// CHECK-NEXT: jal zero, .Lifs_endif0
// CHECK-NEXT: .Lifs_else0:
// CHECK-NEXT: addi a0, a1, 2
// CHECK-NEXT: .Lifs_endif0:
// CHECK-NEXT: p.bneimm a0, -7, .Lifs_endif1
// CHECK-NEXT: sw a0, 0(a1)
// CHECK-NEXT: .Lifs_endif1:
// CHECK-NEXT: beq a0, zero, .Lifs_endif2
// CHECK-NEXT: sw a0, 4(a1)
// CHECK-NEXT: .Lifs_endif2:
// CHECK-NEXT: lui a0, 0x12345
// CHECK-NEXT: addi a0, a0, -2047
riscv_func.func @ifs(%a : !riscv.reg<a0>, %b : !riscv.reg<a1>) -> !riscv.reg<a0> {
  %r = xpulp.if lt %a, %b : !riscv.reg<a0>, !riscv.reg<a1> -> (!riscv.reg<a0>) {
    %x = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<a0>
    xpulp.yield %x : !riscv.reg<a0>
  } else {
    %y = riscv.addi %b, 2 : (!riscv.reg<a1>) -> !riscv.reg<a0>
    xpulp.yield %y : !riscv.reg<a0>
  }
  xpulp.if eq %r, -7 : !riscv.reg<a0> {
    riscv.sw %b, %r, 0 : (!riscv.reg<a1>, !riscv.reg<a0>) -> ()
  }
  xpulp.if eq %r, 0 : !riscv.reg<a0> {
  } else {
    riscv.sw %b, %r, 4 : (!riscv.reg<a1>, !riscv.reg<a0>) -> ()
  }
  %c = rv32.li 305416193 : !riscv.reg<a0>
  riscv_func.return %c : !riscv.reg<a0>
}
