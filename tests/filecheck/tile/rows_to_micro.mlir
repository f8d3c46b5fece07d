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
