// RUN: nmc-opt %s -p time-layers --split-input-file | filecheck %s
// RUN: nmc-opt %s -p 'time-layers{most=50}' --split-input-file | filecheck %s --check-prefix=NONE
// NONE-NOT: timed

// Both layers call the same kernel; the second finds its two lines in the caches, the first waits 18
// cycles for each. What the plans say stays.
// CHECK: nmc.layers = [{symbol = "first", cycles = 100 : i64, timed = 144 : i64}, {symbol = "second", cycles = 100 : i64, timed = 108 : i64}, {symbol = "by_data", cycles = 100 : i64}]
// CHECK: riscv_func.func @first() attributes {nmc.layer = {symbol = "first", cycles = 100 : i64, timed = 144 : i64}}
// CHECK: riscv_func.func @second() attributes {nmc.layer = {symbol = "second", cycles = 100 : i64, timed = 108 : i64}}
// CHECK: riscv_func.func @by_data() attributes {nmc.layer = {symbol = "by_data", cycles = 100 : i64}}
builtin.module attributes {nmc.target = "vega", nmc.layers = [{symbol = "first", cycles = 100 : i64}, {symbol = "second", cycles = 100 : i64}, {symbol = "by_data", cycles = 100 : i64}]} {
  riscv_func.func @first() attributes {nmc.layer = {symbol = "first", cycles = 100 : i64}} {
    riscv_func.call @kernel() : () -> ()
    riscv_func.return
  }
  riscv_func.func @second() attributes {nmc.layer = {symbol = "second", cycles = 100 : i64}} {
    riscv_func.call @kernel() : () -> ()
    riscv_func.return
  }
  // Where it goes on depends on what it loads.
  riscv_func.func @by_data() attributes {nmc.layer = {symbol = "by_data", cycles = 100 : i64}} {
    %zero = rv32.get_register : !riscv.reg<zero>
    %l1 = riscv.lui 65536 : () -> !riscv.reg<a0>
    %value = riscv.lw %l1, 0 : (!riscv.reg<a0>) -> !riscv.reg<a1>
    riscv.beq %value, %zero, ".Lend" : (!riscv.reg<a1>, !riscv.reg<zero>) -> ()
    riscv.label ".Lend"
    riscv_func.return
  }
  riscv_func.func @main() {
    riscv_func.call @first() : () -> ()
    riscv_func.call @second() : () -> ()
    riscv_func.call @by_data() : () -> ()
    riscv_func.return
  }
  // 40 turns of two instructions.
  riscv_func.func @kernel() {
    xpulp.lp.setupi 0, 40, ".Llast"
    %a = rv32.li 1 : !riscv.reg<a0>
    riscv.label ".Llast"
    %b = riscv.addi %a, 1 : (!riscv.reg<a0>) -> !riscv.reg<a0>
    %c = rv32.li 3 : !riscv.reg<a0>
    riscv_func.return
  }
}

// -----

// Core 1 turns ten times, the others once; the barrier waits for it. 18 + 4 in the first line, 18 + 2 + 10 + 9 * 3 + 1
// in the second; the third one the others have brought: 2 + 1, then 5 of the barrier and 2 of the return. Behind the
// last layer are main's return, 2, and the end of the run, 12 in two new lines.
// CHECK: nmc.layer = {symbol = "counted", cycles = 100 : i64, timed = 140 : i64}
builtin.module attributes {nmc.target = "vega", nmc.layers = [{symbol = "counted", cycles = 100 : i64}]} {
  riscv_func.func @counted() attributes {nmc.layer = {symbol = "counted", cycles = 100 : i64}} {
    %zero = rv32.get_register : !riscv.reg<zero>
    %hart = riscv.csrrs %zero, 3860, "r" : (!riscv.reg<zero>) -> !riscv.reg<t0>
    %core = riscv.andi %hart, 31 : (!riscv.reg<t0>) -> !riscv.reg<t0>
    %one = rv32.li 1 : !riscv.reg<t1>
    %turns = rv32.li 1 : !riscv.reg<t2>
    riscv.bne %core, %one, ".Lbody" : (!riscv.reg<t0>, !riscv.reg<t1>) -> ()
    %ten = rv32.li 10 : !riscv.reg<t2>
    riscv.label ".Lbody"
    %less = riscv.addi %turns, -1 : (!riscv.reg<t2>) -> !riscv.reg<t2>
    riscv.bne %less, %zero, ".Lbody" : (!riscv.reg<t2>, !riscv.reg<zero>) -> ()
    %unit = riscv.lui 66052 : () -> !riscv.reg<t0>
    %event = xpulp.p.elw %unit, 540 : (!riscv.reg<t0>) -> !riscv.reg<t0>
    riscv_func.return
  }
  riscv_func.func @main() {
    riscv_func.call @counted() : () -> ()
    riscv_func.return
  }
}

// -----

// Nothing calls layers here.
// CHECK: builtin.module {
// CHECK-NEXT: riscv_func.func @kernel() {
builtin.module {
  riscv_func.func @kernel() {
    riscv_func.return
  }
}
