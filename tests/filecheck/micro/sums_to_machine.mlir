// RUN: nmc-opt %s -p convert-micro-to-machine | filecheck %s
// RUN: nmc-opt %s -p attach-options{features=xgmac},convert-micro-to-machine | filecheck %s --check-prefix=MAC
// RUN: nmc-opt %s -p attach-options{features=xgmac,xrq},convert-micro-to-machine | filecheck %s --check-prefix=RQ

// In software the sums are registers, carried through the loop. A weight alone in a word makes a
// dot product a product; the field and the lane of a non-zero follow from its number.
// CHECK-LABEL: riscv_func.func @loop
// CHECK-NEXT:    [[LO:%.*]] = rv32.li 128
// CHECK-NEXT:    [[HI:%.*]] = rv32.li 256
// CHECK-NEXT:    {{.*}} = riscv_scf.for %cursor : !riscv.reg = [[LO]] : !riscv.reg to [[HI]] : !riscv.reg step 128 : si12 iter_args([[A:%.*]] = %bias, [[B:%.*]] = %bias, [[C:%.*]] = %bias, [[D:%.*]] = %bias)
// CHECK-NEXT:      [[AT:%.*]] = riscv.add %row, %cursor
// CHECK-NEXT:      [[I:%.*]] = xpulp.p.extractu %indices, 3, 28
// CHECK-NEXT:      [[O:%.*]] = rv32.slli [[I]], 4
// CHECK-NEXT:      [[P:%.*]] = riscv.add [[AT]], [[O]]
// CHECK-NEXT:      [[X:%.*]] = riscv.lw [[P]], 0
// CHECK-NEXT:      [[W:%.*]] = xpulp.p.extractu %weights, 7, 24
// CHECK-NEXT:      [[A1:%.*]] = xpulp.pv.sdotsp.b [[A]], [[X]], [[W]]
// CHECK-NEXT:      [[W1:%.*]] = rv32.slli [[W]], 8
// CHECK-NEXT:      [[B1:%.*]] = xpulp.pv.sdotsp.b [[B]], [[X]], [[W1]]
// CHECK:           xpulp.p.extractu %indices, 3, 0
// CHECK-NOT:     xnm
//
// The core holds them: nothing is carried.
// MAC-LABEL: riscv_func.func @loop
// MAC:          xnm.xgmac.start %bias
// MAC:          riscv_scf.for %cursor : !riscv.reg = {{.*}} step 128 : si12 {
// MAC-NEXT:       xnm.xgmac.m8 %row, %indices, %weights, 2
// MAC-NEXT:       xnm.xgmac.m8 %row, %indices, %weights, 2
// MAC-NEXT:     }
// MAC-NEXT:     %a = xnm.xgmac.pop
// MAC-NEXT:     %b = xnm.xgmac.pop
// MAC-NEXT:     %c = xnm.xgmac.pop
// MAC-NEXT:     %d = xnm.xgmac.pop
func.func @loop(%bias: i32, %row: i32, %indices: i32, %weights: i32) -> i32 {
  %lo = arith.constant 128 : i32
  %hi = arith.constant 256 : i32
  %step = arith.constant 128 : i32
  %s = micro.sums_start %bias
  %t = scf.for %cursor = %lo to %hi step %step iter_args(%u = %s) -> (vector<4xi32>) : i32 {
    %v = micro.sums_gather %u, %row at %cursor, %indices, %weights first 7 count 2 in 8 width 4 lanes 16
    scf.yield %v : vector<4xi32>
  }
  %a, %b, %c, %d = micro.sums_read %t
  func.return %d : i32
}

// With xrq one instruction a pixel, the zero point in a register; without, the sums are read and a
// shuffle shifts each output in.
// MAC-LABEL: riscv_func.func @requantise
// MAC:          [[SEL:%.*]] = rv32.li 67305985
// MAC:          xnm.xgmacu.m16 %row, %row, %row, 3
// MAC-NEXT:     {{.*}} = xnm.xgmac.pop
// MAC-NEXT:     {{.*}} = xnm.xgmac.pop
// MAC-NEXT:     {{.*}} = xnm.xgmac.pop
// MAC-NEXT:     {{.*}} = xnm.xgmac.pop
// MAC:          riscv.mulh {{.*}}, %m
// MAC:          xpulp.pv.shuffle2.b %x, {{.*}}, [[SEL]]
// MAC-NOT:      xrq
// RQ-LABEL: riscv_func.func @requantise
// RQ:           [[Z:%.*]] = rv32.li -3
// RQ:           xnm.xgmac.start %m
// RQ-NEXT:      xnm.xgmacu.m16 %row, %row, %row, 3
// RQ-NEXT:      %y0 = xnm.xrq %x, %m, [[Z]], 40
// RQ-NEXT:      %y1 = xnm.xrq %x, %m, [[Z]], 40
// RQ-NEXT:      %y2 = xnm.xrq %x, %m, [[Z]], 40
// RQ-NEXT:      %y3 = xnm.xrq %x, %m, [[Z]], 40
func.func @requantise(%row: i32, %m: i32, %x: vector<4xi8>) -> i32 {
  %s = micro.sums_start %m
  %t = micro.sums_gather %s, %row at %row, %row, %row first 0 count 1 in 16 width 4 lanes 32 unsigned
  %y0, %y1, %y2, %y3 = micro.sums_requantize %t into %x, %x, %x, %x by %m, <shift = 41, zero_point = -3, lo = -128, hi = 127, form = wide, acc_bits = 0> : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>
  micro.store %y3, %row[0] as vector<4xi8> : vector<4xi8>
  func.return %m : i32
}

// What xrq does not do: bounds tighter than the type's, saturation before the product.
// RQ-LABEL: riscv_func.func @saturated
// RQ:           xnm.xgmac.pop
// RQ:           xpulp.p.clip {{.*}}, 18
// RQ-NOT:       xrq
func.func @saturated(%row: i32, %m: i32, %x: vector<4xi8>) -> i32 {
  %s = micro.sums_start %m
  %y0, %y1, %y2, %y3 = micro.sums_requantize %s into %x, %x, %x, %x by %m, <shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 18> : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>
  micro.store %y3, %row[0] as vector<4xi8> : vector<4xi8>
  func.return %m : i32
}

// Sums in registers are requantised one after the other through the first accumulator.
// CHECK-LABEL: riscv_func.func @pack
// CHECK:         [[A:%.*]] = xpulp.p.clipu {{.*}}, 9
// CHECK:         [[B:%.*]] = xpulp.p.clipu {{.*}}, 9
// CHECK:         xpulp.pv.packlo.b [[A]], [[B]], [[A]]
// RQ-LABEL: riscv_func.func @pack
// RQ:           [[Z:%.*]] = rv32.li 5
// RQ:           xnm.xgmac.start %a
// RQ-NEXT:      [[A:%.*]] = xnm.xrqu %a, %m, [[Z]], 37
// RQ-NEXT:      xnm.xgmac.start %b
// RQ-NEXT:      [[B:%.*]] = xnm.xrqu [[A]], %n, [[Z]], 37
// RQ-NEXT:      xnm.xgmac.start %c
// RQ-NEXT:      [[C:%.*]] = xnm.xrqu [[B]], %m, [[Z]], 37
// RQ-NEXT:      xnm.xgmac.start %d
// RQ-NEXT:      %y = xnm.xrqu [[C]], %n, [[Z]], 37
func.func @pack(%a: i32, %b: i32, %c: i32, %d: i32, %m: i32, %n: i32, %p: i32) {
  %y = micro.requantize_pack %a, %b, %c, %d by %m, %n, %m, %n requant <shift = 38, zero_point = 5, lo = 0, hi = 255, form = wide, acc_bits = 0> : vector<4xui8>
  micro.store %y, %p[0] as vector<4xui8> : vector<4xui8>
  func.return
}

// From 0 to 127: xrq and a maximum.
// RQ-LABEL: riscv_func.func @half
// RQ:           [[A:%.*]] = xnm.xrq %a, %m, [[Z:%.*]], 11
// RQ-NEXT:      xnm.xgmac.start %a
// RQ-NEXT:      [[B:%.*]] = xnm.xrq [[A]], %m, [[Z]], 11
// RQ-NEXT:      xnm.xgmac.start %a
// RQ-NEXT:      [[C:%.*]] = xnm.xrq [[B]], %m, [[Z]], 11
// RQ-NEXT:      xnm.xgmac.start %a
// RQ-NEXT:      [[Y:%.*]] = xnm.xrq [[C]], %m, [[Z]], 11
// RQ-NEXT:      %y = xpulp.pv.max.sci.b [[Y]], 0
func.func @half(%a: i32, %m: i32, %p: i32) {
  %y = micro.requantize_pack %a, %a, %a, %a by %m, %m, %m, %m requant <shift = 12, zero_point = 5, lo = 0, hi = 127, form = narrow, acc_bits = 0> : vector<4xui8>
  micro.store %y, %p[0] as vector<4xui8> : vector<4xui8>
  func.return
}
