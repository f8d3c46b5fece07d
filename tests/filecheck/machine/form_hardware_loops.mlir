// RUN: nmc-opt %s -p form-hardware-loops | filecheck %s

// A register count: the counter is not read and disappears.
// CHECK-LABEL: @count
// CHECK: %{{.*}} = xpulp.hwloop %n : !riscv.reg iter_args(%acc = %a : !riscv.reg) {
// CHECK-NEXT:   %{{.*}} = riscv.add %acc, %a
// CHECK-NEXT:   xpulp.yield %{{.*}} : !riscv.reg
riscv_func.func @count(%n : !riscv.reg, %a : !riscv.reg) {
  %zero = rv32.get_register : !riscv.reg<zero>
  %c0 = rv32.li 0 : !riscv.reg
  %r = riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 1 : si12 iter_args(%acc = %a) -> (!riscv.reg) {
    %s = riscv.add %acc, %a : (!riscv.reg, !riscv.reg) -> !riscv.reg
    riscv_scf.yield %s : !riscv.reg
  }
  riscv_func.return %r : !riscv.reg
}

// A counter that is read is carried; the count is rounded up; `nonzero` saves the guard.
// CHECK-LABEL: @steps
// CHECK: [[D:%.*]] = riscv.sub %hi, %lo
// CHECK-NEXT: [[B:%.*]] = riscv.addi [[D]], 3
// CHECK-NEXT: [[C:%.*]] = rv32.srai [[B]], 2
// CHECK-NEXT: xpulp.hwloop [[C]] : !riscv.reg nonzero iter_args([[I:%.*]] = %lo : !riscv.reg) {
// CHECK-NEXT:   riscv.sw [[I]], %lo, 0
// CHECK-NEXT:   [[N:%.*]] = riscv.addi [[I]], 4
// CHECK-NEXT:   xpulp.yield [[N]]
riscv_func.func @steps(%lo : !riscv.reg, %hi : !riscv.reg) {
  riscv_scf.for %i : !riscv.reg = %lo : !riscv.reg to %hi : !riscv.reg step 4 : si12 {
    riscv.sw %i, %lo, 0 : (!riscv.reg, !riscv.reg) -> ()
  } {nonzero}
  riscv_func.return
}

// Two levels; constant counts go into the instruction, an empty loop disappears.
// CHECK-LABEL: @nested
// CHECK: xpulp.hwloop 3 {
// CHECK-NEXT:   xpulp.hwloop 5 {
// CHECK-NOT: riscv_scf.for
riscv_func.func @nested(%p : !riscv.reg) {
  %c0 = rv32.li 0 : !riscv.reg
  %c3 = rv32.li 3 : !riscv.reg
  %c10 = rv32.li 10 : !riscv.reg
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %c3 : !riscv.reg step 1 : si12 {
    riscv_scf.for %j : !riscv.reg = %c0 : !riscv.reg to %c10 : !riscv.reg step 2 : si12 {
      riscv.sw %p, %p, 0 : (!riscv.reg, !riscv.reg) -> ()
    }
    riscv_scf.for %k : !riscv.reg = %c3 : !riscv.reg to %c0 : !riscv.reg step 1 : si12 {
      riscv.sw %p, %p, 4 : (!riscv.reg, !riscv.reg) -> ()
    }
  }
  riscv_func.return
}

// The inner loop may be empty: its guard is a branch, so the outer loop stays.
// CHECK-LABEL: @guarded
// CHECK: riscv_scf.for
// CHECK:   xpulp.hwloop %n : !riscv.reg {
riscv_func.func @guarded(%p : !riscv.reg, %n : !riscv.reg) {
  %c0 = rv32.li 0 : !riscv.reg
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 1 : si12 {
    riscv_scf.for %j : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 1 : si12 {
      riscv.sw %p, %p, 0 : (!riscv.reg, !riscv.reg) -> ()
    }
  }
  riscv_func.return
}

// Calls, branches and counts that need a division stay ordinary loops.
// CHECK-LABEL: @others
// CHECK-NOT: hwloop
riscv_func.func @others(%p : !riscv.reg, %n : !riscv.reg) {
  %c0 = rv32.li 0 : !riscv.reg
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 1 : si12 {
    riscv_func.call @others(%p, %n) : (!riscv.reg, !riscv.reg) -> ()
  }
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 1 : si12 {
    xpulp.if ne %p, 0 : !riscv.reg {
      riscv.sw %p, %n, 0 : (!riscv.reg, !riscv.reg) -> ()
    }
  }
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %n : !riscv.reg step 3 : si12 {
    riscv.sw %p, %n, 0 : (!riscv.reg, !riscv.reg) -> ()
  }
  riscv_func.return
}

// A constant count too long for the set-up instruction goes through a register, still certain:
// the loop around it becomes a hardware loop as well.
// CHECK-LABEL: @long
// CHECK-DAG: [[A:%.*]] = rv32.li 5000
// CHECK-DAG: [[B:%.*]] = rv32.li 6000
// CHECK: xpulp.hwloop [[B]] : !riscv.reg nonzero {
// CHECK-NEXT: xpulp.hwloop [[A]] : !riscv.reg nonzero {
riscv_func.func @long(%p : !riscv.reg) {
  %c0 = rv32.li 0 : !riscv.reg
  %c5000 = rv32.li 5000 : !riscv.reg
  %c6000 = rv32.li 6000 : !riscv.reg
  riscv_scf.for %i : !riscv.reg = %c0 : !riscv.reg to %c6000 : !riscv.reg step 1 : si12 {
    riscv_scf.for %j : !riscv.reg = %c0 : !riscv.reg to %c5000 : !riscv.reg step 1 : si12 {
      riscv.sw %p, %p, 0 : (!riscv.reg, !riscv.reg) -> ()
    }
  }
  riscv_func.return
}
