// RUN: nmc-opt %s -p convert-tile-to-micro | filecheck %s

// CHECK-LABEL: func.func @functions
// CHECK:         [[X:%.*]] = arith.addi %x, %lo : i32
// CHECK:         [[OUT:%.*]] = arith.addi %out, %lo : i32
// CHECK:         [[N:%.*]] = arith.subi %hi, %lo : i32
// CHECK:         func.call @lookup([[X]], %t, [[OUT]], [[N]]) : (i32, i32, i32, i32) -> ()
// One function serves all tables.
// CHECK:         func.call @lookup(
func.func @functions(%x: i32, %t: i32, %u: i32, %out: i32, %lo: i32, %hi: i32) {
  tile.lookup %x, %t, %out bytes(%lo to %hi) : i32, i32, i32, i32
  tile.lookup %x, %u, %out bytes(%lo to %hi) : i32, i32, i32, i32
  func.return
}

// CHECK-LABEL: func.func @softmaxes
// CHECK-DAG:     [[C8:%.*]] = arith.constant 8 : i32
// CHECK-DAG:     [[AT:%.*]] = arith.muli %lo, [[C8]] : i32
// CHECK:         func.call @softmax_i8n5_a8_o5_q2139095040s23v8w15p256_zn128_n128to127(
func.func @softmaxes(%x: i32, %t: i32, %out: i32, %lo: i32, %hi: i32) {
  tile.softmax %x, %t, %out rows(%lo to %hi) {length = 5, src_pitch = 8, out_pitch = 5, numerator = 2139095040, shift = 23, value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128, most = 127} : i32, i32, i32, i32
  func.return
}

// CHECK-LABEL: func.func @norms
// CHECK:         func.call @layer_norm_i8n5_a8_o5_r25v13e96f16_s20_n128to127(
func.func @norms(%x: i32, %w: i32, %out: i32, %lo: i32, %hi: i32) {
  tile.layer_norm %x, %w, %out rows(%lo to %hi) {length = 5, src_pitch = 8, out_pitch = 5, row_bits = 25, value_bits = 13, epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127} : i32, i32, i32, i32
  func.return
}

// Two words an iteration, a word, single bytes.
// CHECK-LABEL: func.func @lookup
// CHECK:         scf.for
// CHECK-COUNT-2: micro.load {{.*}} as i32
// CHECK-COUNT-4: micro.load {{.*}} as ui8
// CHECK:         micro.pack
// CHECK-COUNT-4: micro.load {{.*}} as ui8
// CHECK:         micro.pack
// CHECK:         scf.yield
// CHECK:         scf.for
// CHECK:         micro.pack
// CHECK:         scf.for
// CHECK:         micro.store {{.*}} as i8
// CHECK-NOT:     func.func @lookup

// The maximum, of words that overlap at the end; the sum; one division; the outputs.
// CHECK-LABEL: func.func @softmax_i8n5
// CHECK:         scf.for
// CHECK:         micro.load {{.*}}[1] as vector<4xi8>
// CHECK:         micro.max
// CHECK-COUNT-2: micro.shuffle
// CHECK:         micro.sub
// CHECK:         micro.top_bit
// CHECK-COUNT-1: arith.divui
// CHECK:         micro.round_shift
// CHECK:         micro.pack
// CHECK:         micro.add
// CHECK:         micro.store {{.*}} as vector<4xui8>
// CHECK-NOT:     arith.divui

// Both sums from the same words, the root bit by bit, a division; of an element two products.
// CHECK-LABEL: func.func @layer_norm_i8n5
// CHECK-COUNT-2: micro.dot
// CHECK:         arith.mului_extended
// CHECK:         arith.mulsi_extended
// CHECK:         micro.top_bit
// CHECK:         scf.for
// CHECK:         arith.divui
// CHECK-COUNT-8: micro.add_round_shift
// CHECK:         micro.pack
// CHECK-COUNT-2: micro.add_round_shift
// CHECK:         micro.store {{.*}} as i8
