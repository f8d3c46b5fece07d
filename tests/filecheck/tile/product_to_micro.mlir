// RUN: nmc-opt %s -p convert-tile-to-micro | filecheck %s

// Records with all outputs up to `whole`, then perhaps one with fewer.
// CHECK-LABEL: func.func @functions
// CHECK:         [[END:%.*]] = arith.minsi %hi, %whole : i32
// CHECK:         [[COUNT:%.*]] = arith.subi [[END]], %lo : i32
// CHECK:         [[FIRST:%.*]] = arith.maxsi %lo, %whole : i32
// CHECK:         [[REST:%.*]] = arith.subi %hi, [[FIRST]] : i32
// CHECK:         func.call @pack_rows_8_8_3_n1_2_77_i8({{.*}}, [[COUNT]], [[REST]])
// CHECK:         func.call @pack_columns_8_12_0_0_0_77_u8({{.*}}) : (i32, i32, i32) -> ()
// CHECK:         func.call @row_starts_8_8_n3_i8(
func.func @functions(%x: i32, %y: i32, %lo: i32, %hi: i32, %whole: i32) {
  tile.pack_records %x, %y records(%lo to %hi) whole %whole {depth = 8, pitch = 8, rest = 3, lhs_zero_point = -1, zero_point = 2, multiplier = 77} : i32, i32, i32
  tile.pack_records %x, %y records(%lo to %hi) whole %whole {depth = 8, pitch = 12, rest = 0, lhs_zero_point = 0, zero_point = 0, multiplier = 77, columns, unsigned_input} : i32, i32, i32
  tile.row_starts %x[%lo], %y rows(%lo to %hi) {depth = 8, pitch = 8, factor = -3} : i32, i32, i32
  func.return
}

// Words of rows are copied as they are, those of columns transposed.
// CHECK-LABEL: func.func @pack_rows_8_8_3_n1_2_77_i8
// CHECK-NOT:     micro.shuffle
// CHECK-LABEL: func.func @pack_columns_8_12_0_0_0_77_u8
// CHECK-COUNT-4: arith.xori
// CHECK-COUNT-8: micro.shuffle
// CHECK-LABEL: func.func @row_starts_8_8_n3_i8
