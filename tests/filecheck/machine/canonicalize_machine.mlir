// RUN: nmc-opt %s -p canonicalize-machine | filecheck %s

// CHECK-LABEL: @addresses
// CHECK-NEXT: %v = riscv.lw %p, 16
// CHECK-NEXT: riscv.sw %p, %v, 8
// CHECK-NEXT: %w = xpulp.p.lhu.reg %p, %v
// CHECK-NEXT: xpulp.p.sb.reg %p, %w, %v {volatile}
// CHECK-NEXT: riscv_func.return
riscv_func.func @addresses(%p : !riscv.reg) {
  %c = rv32.li 12 : !riscv.reg
  %q = riscv.add %p, %c : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %v = riscv.lw %q, 4 : (!riscv.reg) -> !riscv.reg
  %r = riscv.addi %q, -4 : (!riscv.reg) -> !riscv.reg
  riscv.sw %r, %v, 0 : (!riscv.reg, !riscv.reg) -> ()
  %s = riscv.add %p, %v : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %w = riscv.lhu %s, 0 : (!riscv.reg) -> !riscv.reg
  %t = riscv.add %p, %v : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv.sb %t, %w, 0 {volatile} : (!riscv.reg, !riscv.reg) -> ()
  riscv_func.return
}

// Offsets that would not fit stay; unused loads go unless they are volatile.
// CHECK-LABEL: @limits
// CHECK-NEXT: %q = riscv.addi %p, 2000
// CHECK-NEXT: riscv.lw %q, 100
// CHECK-NEXT: riscv.sw
// CHECK-NEXT: riscv.lw %p, 0 {volatile}
// CHECK-NEXT: riscv_func.return
riscv_func.func @limits(%p : !riscv.reg) {
  %q = riscv.addi %p, 2000 : (!riscv.reg) -> !riscv.reg
  %v = riscv.lw %q, 100 : (!riscv.reg) -> !riscv.reg
  riscv.sw %p, %v, 0 : (!riscv.reg, !riscv.reg) -> ()
  %a = riscv.lw %p, 0 {volatile} : (!riscv.reg) -> !riscv.reg
  %b = riscv.lw %p, 0 : (!riscv.reg) -> !riscv.reg
  riscv_func.return
}

// CHECK-LABEL: @arithmetic
// CHECK-NEXT: %s = rv32.slli %x, 4
// CHECK-NEXT: [[N:%.*]] = rv32.li -5
// CHECK-NEXT: %m = riscv.addi %x, -3
// CHECK-NEXT: riscv_func.return %s, [[N]], %m
riscv_func.func @arithmetic(%x : !riscv.reg) {
  %zero = rv32.get_register : !riscv.reg<zero>
  %c16 = rv32.li 16 : !riscv.reg
  %s = riscv.mul %c16, %x : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %a = riscv.addi %c16, 5 : (!riscv.reg) -> !riscv.reg
  %n = riscv.sub %c16, %a : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %c3 = rv32.li 3 : !riscv.reg
  %y = riscv.add %x, %zero : (!riscv.reg, !riscv.reg<zero>) -> !riscv.reg
  %k = riscv.mv %y : (!riscv.reg) -> !riscv.reg
  %m = riscv.sub %k, %c3 : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return %s, %n, %m : !riscv.reg, !riscv.reg, !riscv.reg
}

// Constants leave loops, but not loops with calls: there they would only be live across them.
// CHECK-LABEL: @hoist
// CHECK-NEXT: [[C:%.*]] = rv32.li 77
// CHECK-NEXT: xpulp.hwloop 9 {
// CHECK: riscv_scf.for
// CHECK-NEXT: rv32.li 78
riscv_func.func @hoist(%p : !riscv.reg) {
  xpulp.hwloop 9 {
    %c = rv32.li 77 : !riscv.reg
    riscv.sw %p, %c, 0 : (!riscv.reg, !riscv.reg) -> ()
  }
  riscv_scf.for %i : !riscv.reg = %p : !riscv.reg to %p : !riscv.reg step 1 : si12 {
    %d = rv32.li 78 : !riscv.reg
    riscv_func.call @hoist(%d) : (!riscv.reg) -> ()
  }
  riscv_func.return
}

// A field that fits the word; masks that are not of the lowest bits and fields that leave it stay.
// CHECK-LABEL: @fields
// CHECK-NEXT: %b = xpulp.p.extractu %x, 7, 8
// CHECK-NEXT: %s = rv32.srli %x, 30
// CHECK-NEXT: %c = riscv.andi %s, 7
// CHECK-NEXT: %t = rv32.srli %x, 4
// CHECK-NEXT: %d = riscv.andi %t, 6
// CHECK-NEXT: riscv_func.return
riscv_func.func @fields(%x : !riscv.reg) -> (!riscv.reg, !riscv.reg, !riscv.reg) {
  %a = rv32.srli %x, 8 : (!riscv.reg) -> !riscv.reg
  %b = riscv.andi %a, 255 : (!riscv.reg) -> !riscv.reg
  %s = rv32.srli %x, 30 : (!riscv.reg) -> !riscv.reg
  %c = riscv.andi %s, 7 : (!riscv.reg) -> !riscv.reg
  %t = rv32.srli %x, 4 : (!riscv.reg) -> !riscv.reg
  %d = riscv.andi %t, 6 : (!riscv.reg) -> !riscv.reg
  riscv_func.return %b, %c, %d : !riscv.reg, !riscv.reg, !riscv.reg
}

// A field with its sign, in the middle and at the top; one that is not moved down to bit 0 stays.
// CHECK-LABEL: @signed_fields
// CHECK-NEXT: %b = xpulp.p.extract %x, 7, 8
// CHECK-NEXT: %d = xpulp.p.extract %x, 15, 0
// CHECK-NEXT: %s = rv32.slli %x, 8
// CHECK-NEXT: %e = rv32.srai %s, 4
// CHECK-NEXT: riscv_func.return
riscv_func.func @signed_fields(%x : !riscv.reg) -> (!riscv.reg, !riscv.reg, !riscv.reg) {
  %a = rv32.slli %x, 16 : (!riscv.reg) -> !riscv.reg
  %b = rv32.srai %a, 24 : (!riscv.reg) -> !riscv.reg
  %c = rv32.slli %x, 16 : (!riscv.reg) -> !riscv.reg
  %d = rv32.srai %c, 16 : (!riscv.reg) -> !riscv.reg
  %s = rv32.slli %x, 8 : (!riscv.reg) -> !riscv.reg
  %e = rv32.srai %s, 4 : (!riscv.reg) -> !riscv.reg
  riscv_func.return %b, %d, %e : !riscv.reg, !riscv.reg, !riscv.reg
}

// Bounds of constants are constants; of others they stay.
// CHECK-LABEL: @bounds
// CHECK-NEXT: %c = rv32.li 12
// CHECK-NEXT: %a = rv32.li 3
// CHECK-NEXT: %b = rv32.li -8
// CHECK-NEXT: %d = xpulp.p.min %x, %c
// CHECK-NEXT: riscv_func.return %a, %b, %d
riscv_func.func @bounds(%x : !riscv.reg) -> (!riscv.reg, !riscv.reg, !riscv.reg) {
  %m = rv32.li -9 : !riscv.reg
  %n = rv32.li -8 : !riscv.reg
  %o = rv32.li 3 : !riscv.reg
  %c = rv32.li 12 : !riscv.reg
  %a = xpulp.p.min %o, %c : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %b = xpulp.p.max %m, %n : (!riscv.reg, !riscv.reg) -> !riscv.reg
  %d = xpulp.p.min %x, %c : (!riscv.reg, !riscv.reg) -> !riscv.reg
  riscv_func.return %a, %b, %d : !riscv.reg, !riscv.reg, !riscv.reg
}
