// RUN: nmc-opt %s -p convert-micro-to-machine | filecheck %s
// RUN: nmc-opt %s -p attach-options{features=xnm},convert-micro-to-machine | filecheck %s --check-prefix=XNM

// Constants fold into immediates where they fit, and powers of two into shifts.
// CHECK-LABEL: riscv_func.func @integers(%a: !riscv.reg, %b: !riscv.reg) -> !riscv.reg
// CHECK-NEXT:    %x = riscv.addi %a, 12
// CHECK-NEXT:    %y = rv32.slli %x, 4
// CHECK-NEXT:    %z = riscv.addi %y, -5
// CHECK-NEXT:    %q = rv32.srli %z, 3
// CHECK-NEXT:    %r = riscv.andi %q, 7
// CHECK-NEXT:    %s = xpulp.p.min %r, %b
// CHECK-NEXT:    riscv_func.return %s
func.func @integers(%a: i32, %b: i32) -> i32 {
  %c12 = arith.constant 12 : i32
  %c16 = arith.constant 16 : i32
  %c5 = arith.constant 5 : i32
  %c8 = arith.constant 8 : i32
  %x = arith.addi %c12, %a : i32
  %y = arith.muli %x, %c16 : i32
  %z = arith.subi %y, %c5 : i32
  %q = arith.divui %z, %c8 : i32
  %r = arith.remui %q, %c8 : i32
  %s = arith.minsi %r, %b : i32
  func.return %s : i32
}

// CHECK-LABEL: riscv_func.func @select
// CHECK-NEXT:    %c = riscv.slt %a, %b
// CHECK-NEXT:    [[D:%.*]] = riscv.sub %a, %b
// CHECK-NEXT:    %s = xpulp.p.mac %b, %c, [[D]]
func.func @select(%a: i32, %b: i32) -> i32 {
  %c = arith.cmpi slt, %a, %b : i32
  %s = arith.select %c, %a, %b : i32
  func.return %s : i32
}

// A condition on a comparison becomes the branch's own; known bounds say that a loop runs.
// CHECK-LABEL: riscv_func.func @control
// CHECK:         riscv_scf.for
// CHECK-NOT:       riscv.slt
// CHECK:           %v = xpulp.if lt %n, %k : !riscv.reg, !riscv.reg -> (!riscv.reg) {
// CHECK:         } {nonzero}
// CHECK:         riscv_func.call @select(%r, %n) : (!riscv.reg, !riscv.reg) -> !riscv.reg
func.func @control(%n: i32) -> i32 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c9 = arith.constant 9 : i32
  %r = scf.for %k = %c0 to %c9 step %c1 iter_args(%u = %n) -> (i32) : i32 {
    %t = arith.cmpi sgt, %k, %n : i32
    %v = scf.if %t -> (i32) {
      scf.yield %k : i32
    } else {
      scf.yield %u : i32
    }
    scf.yield %v : i32
  }
  %s = func.call @select(%r, %n) : (i32, i32) -> i32
  func.return %s : i32
}

// CHECK-LABEL: riscv_func.func @memory
// CHECK-NEXT:    %a = riscv.lw %p, 8 {volatile}
// CHECK-NEXT:    %b = riscv.lbu %p, -1
// CHECK-NEXT:    riscv.sh %p, %b, 2
// CHECK-NEXT:    [[Z:%.*]] = rv32.get_register : !riscv.reg<zero>
// CHECK-NEXT:    riscv.sw %p, [[Z]], 4
// CHECK-NEXT:    %e = xpulp.p.elw %p, 60
func.func @memory(%p: i32) {
  %c0 = arith.constant 0 : i32
  %a = micro.load %p[8] volatile as i32 : i32
  %b = micro.load %p[-1] as ui8 : i32
  micro.store %b, %p[2] as i16 : i32
  micro.store %c0, %p[4] as i32 : i32
  %e = micro.event_wait %p[60]
  func.return
}

// The zero point joins the rounding shift; wide products use their high half.
// CHECK-LABEL: riscv_func.func @requantise
// CHECK-NEXT:    [[P:%.*]] = riscv.mul %acc, %m
// CHECK-NEXT:    [[Z:%.*]] = rv32.li -12288
// CHECK-NEXT:    [[R:%.*]] = xpulp.p.addRN [[P]], [[Z]], 12
// CHECK-NEXT:    %y = xpulp.p.clip [[R]], 8
// CHECK-NEXT:    [[H:%.*]] = riscv.mulh %acc, %m
// CHECK:         xpulp.p.addRN [[H]], {{.*}}, 6
// CHECK-NEXT:    %z = xpulp.p.clipu {{.*}}, 9
// CHECK-NEXT:    [[V:%.*]] = xpulp.pv.packlo.b %y, %z, %y
// CHECK-NEXT:    %v = xpulp.pv.packhi.b [[V]], %z, %y
// CHECK-NEXT:    %u = xpulp.pv.max.sci.b %v, -3
func.func @requantise(%acc: i32, %m: i32, %p: i32) {
  %y = micro.requantize %acc, %m, <shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>
  %z = micro.requantize %acc, %m, <shift = 38, zero_point = 0, lo = 0, hi = 255, form = wide, acc_bits = 0>
  %v = micro.pack %y, %z, %y, %z : vector<4xi8>
  %lo = micro.lanes -33686019 : vector<4xi8>
  %u = micro.max %v, %lo : vector<4xi8>
  micro.store %u, %p[0] as vector<4xi8> : vector<4xi8>
  func.return
}

// A shift too small for the high half: the accumulator makes up for it, saturated as far as told.
// CHECK-LABEL: riscv_func.func @requantise_raised
// CHECK-NEXT:    [[S:%.*]] = xpulp.p.clip %acc, 24
// CHECK-NEXT:    [[U:%.*]] = rv32.slli [[S]], 4
// CHECK-NEXT:    [[H:%.*]] = riscv.mulh [[U]], %m
// CHECK-NEXT:    [[Z:%.*]] = rv32.li -6
// CHECK-NEXT:    [[R:%.*]] = xpulp.p.addRN [[H]], [[Z]], 1
// CHECK-NEXT:    %y = xpulp.p.clip [[R]], 8
func.func @requantise_raised(%acc: i32, %m: i32) -> i32 {
  %y = micro.requantize %acc, %m, <shift = 29, zero_point = -3, lo = -128, hi = 127, form = wide, acc_bits = 24>
  func.return %y : i32
}

// CHECK-LABEL: riscv_func.func @clip
// CHECK-NEXT:    %y = xpulp.p.clipr %x, %bound
func.func @clip(%x: i32, %bound: i32) -> i32 {
  %y = micro.clip %x, %bound
  func.return %y : i32
}

// Four non-zeros for two pixels: in software an extract, an add and two loads each; the parts of
// addresses that do not change are computed where the rows are known.
// CHECK-LABEL: riscv_func.func @gather
// CHECK-DAG:     [[R3:%.*]] = riscv.addi %row, 24
// CHECK-DAG:     [[R1:%.*]] = riscv.addi %row, 8
// CHECK:         [[I:%.*]] = xpulp.p.extractu %indices, 3, 0
// CHECK-NEXT:    [[A:%.*]] = riscv.add [[I]], %cursor
// CHECK-NEXT:    xpulp.p.lbu.reg %row, [[A]]
// CHECK-NEXT:    xpulp.p.lbu.reg %next, [[A]]
// CHECK-NEXT:    xpulp.p.extractu %indices, 3, 4
// CHECK-NOT:     xnm
// With the extension: lane by lane, pixel by pixel.
// XNM-LABEL: riscv_func.func @gather
// XNM:         xnm.xdecimate.clr
// XNM-NEXT:    [[V0:%.*]] = xnm.xdecimate.s.m8 %v, %row, %indices
// XNM-NEXT:    [[W0:%.*]] = xnm.xdecimate.s.m8 %w, %next, %indices
// XNM-NEXT:    xnm.xdecimate.s.m8 [[V0]], %row, %indices
func.func @gather(%row: i32, %next: i32, %cursor: i32, %indices: i32, %p: i32) {
  %v = micro.load %p[0] as vector<4xi8> : vector<4xi8>
  %w = micro.load %p[4] as vector<4xi8> : vector<4xi8>
  micro.gather_reset
  %x0, %x1 = micro.gather %v, %w from %row, %next at %cursor, %indices counted field 0 of 1 in 8 width 4 copies 1 : i32, i32 -> vector<4xi8>, vector<4xi8>
  micro.store %x0, %p[8] as vector<4xi8> : vector<4xi8>
  micro.store %x1, %p[12] as vector<4xi8> : vector<4xi8>
  func.return
}

// Two channels of a row: an index of its own each.
// CHECK-LABEL: riscv_func.func @gather_channels
// CHECK:         [[I0:%.*]] = xpulp.p.extractu %indices, 3, 0
// CHECK-NEXT:    [[A0:%.*]] = riscv.add [[I0]], %cursor
// CHECK-NEXT:    xpulp.p.lbu.reg %row, [[A0]]
// CHECK-NEXT:    [[I1:%.*]] = xpulp.p.extractu %indices, 3, 4
// CHECK-NEXT:    [[A1:%.*]] = riscv.add [[I1]], %cursor
// CHECK-NEXT:    xpulp.p.lbu.reg %row, [[A1]]
// CHECK-NEXT:    xpulp.p.extractu %indices, 3, 8
// XNM-LABEL: riscv_func.func @gather_channels
// XNM:         [[V0:%.*]] = xnm.xdecimate.m8 %v, %row, %indices
// XNM-NEXT:    [[W0:%.*]] = xnm.xdecimate.m8 %w, %row, %indices
// XNM-NEXT:    xnm.xdecimate.m8 [[V0]], %row, %indices
func.func @gather_channels(%row: i32, %cursor: i32, %indices: i32, %p: i32) {
  %v = micro.load %p[0] as vector<4xi8> : vector<4xi8>
  %w = micro.load %p[4] as vector<4xi8> : vector<4xi8>
  %x0, %x1 = micro.gather %v, %w from %row, %row at %cursor, %indices counted channels field 0 of 1 in 8 width 4 copies 2 : i32, i32 -> vector<4xi8>, vector<4xi8>
  micro.store %x0, %p[8] as vector<4xi8> : vector<4xi8>
  micro.store %x1, %p[12] as vector<4xi8> : vector<4xi8>
  func.return
}

// Lanes, a shift by a register, the highest bit; vectors and words are the same registers.
// CHECK-LABEL: riscv_func.func @rows
// CHECK:         [[D:%.*]] = xpulp.pv.sub.b %a, %b
// CHECK-NEXT:    [[E:%.*]] = xpulp.pv.add.b [[D]], %b
// CHECK-NEXT:    [[S:%.*]] = xpulp.pv.sdotup.b %acc, [[D]], [[E]]
// CHECK-NEXT:    [[T:%.*]] = xpulp.p.fl1 [[S]]
// CHECK:         [[R:%.*]] = xpulp.p.adduRNr [[E]], {{.*}}, [[T]]
// CHECK-NEXT:    [[L:%.*]] = riscv.mul [[R]], [[T]]
// CHECK-NEXT:    [[H:%.*]] = riscv.mulhu [[R]], [[T]]
func.func @rows(%a: i32, %b: i32, %acc: i32) -> (i32, i32) {
  %m = micro.bytes %a : vector<4xui8>
  %x = micro.bytes %b : vector<4xui8>
  %d = micro.sub %m, %x : vector<4xui8>
  %e = micro.add %d, %x : vector<4xui8>
  %s = micro.dot %acc, %d, %e : vector<4xui8>, vector<4xui8>
  %t = micro.top_bit %s
  %w = micro.word %e : vector<4xui8>
  %r = micro.round_shift %w, %t
  %low, %high = arith.mului_extended %r, %t : i32
  func.return %low, %high : i32, i32
}
