// RUN: nmc-opt %s -p convert-micro-to-machine | filecheck %s
// RUN: nmc-opt %s -p attach-options{features=xgather},convert-micro-to-machine | filecheck %s --check-prefix=XNM

// The second of two non-zeros: its index, a block on, its fourth word.
// CHECK-LABEL: riscv_func.func @word
// CHECK-NEXT:    [[I:%.*]] = xpulp.p.extractu %pair, 3, 20
// CHECK-NEXT:    [[O:%.*]] = rv32.slli [[I]], 4
// CHECK-NEXT:    [[B:%.*]] = riscv.add %row, %cursor
// CHECK-NEXT:    [[A:%.*]] = riscv.add [[B]], [[O]]
// CHECK-NEXT:    %x = riscv.lw [[A]], 140
// CHECK-NOT:     xnm
// The counter knows block and word.
// XNM-LABEL: riscv_func.func @word
// XNM-NEXT:    xnm.xdecimate.clr
// XNM-NEXT:    %x = xnm.xgather.m8 %row, %pair, 2
func.func @word(%row: i32, %cursor: i32, %pair: i32) {
  micro.gather_reset
  %x = micro.gather_word %row at %cursor, %pair number 1 word 3 in 8 width 4 lanes 16 : vector<4xi8>
  micro.store %x, %row[0] as vector<4xi8> : vector<4xi8>
  func.return
}
