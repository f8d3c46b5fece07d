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

// Nothing calls layers here.
// CHECK: builtin.module {
// CHECK-NEXT: riscv_func.func @kernel() {
builtin.module {
  riscv_func.func @kernel() {
    riscv_func.return
  }
}
