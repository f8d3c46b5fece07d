// RUN: nmc-opt %s --split-input-file --verify-diagnostics --parsing-diagnostics | filecheck %s

%a = "test.op"() : () -> i32
%v = micro.load %a[0] as i8 : vector<4xi8>
// CHECK: micro.load: i8 is held as i32

// -----

%a = "test.op"() : () -> i32
%v = micro.load %a[0] as i64 : i32
// CHECK: micro.load: cannot access memory as i64

// -----

%a, %u, %v = "test.op"() : () -> (i32, vector<4xui8>, vector<4xi8>)
%d = micro.dot %a, %v, %u : vector<4xi8>, vector<4xui8>
// CHECK: micro.dot: unsigned weights meet unsigned bytes

// -----

%a = "test.op"() : () -> i32
%c = micro.clamp %a, 3 to 2
// CHECK: micro.clamp: lo is above hi

// -----

%a = "test.op"() : () -> i32
%c = micro.add_round_shift %a, %a, 0
// CHECK: micro.add_round_shift: the shift lies in [1, 31]

// -----

%a, %v = "test.op"() : () -> (i32, vector<4xi8>)
%x = micro.gather %v from %a at %a, %a counted field 0 of 1 in 8 width 4 copies 1 : i32 -> vector<4xi8>
// CHECK: micro.gather: the counter steps over two pixels of 1:M

// -----

%a, %v = "test.op"() : () -> (i32, vector<4xi8>)
%x = micro.gather %v from %a at %a, %a field 8 of 1 in 8 width 4 copies 1 : i32 -> vector<4xi8>
// CHECK: micro.gather: the fields end beyond the word of indices

// -----

%a, %v = "test.op"() : () -> (i32, vector<4xi8>)
%x0, %x1 = micro.gather %v, %v from %a, %a at %a, %a channels field 0 of 1 in 8 width 4 copies 1 : i32, i32 -> vector<4xi8>, vector<4xi8>
// CHECK: micro.gather: two channels have two rows and two copies

// -----

%a = "test.op"() : () -> i32
%s = micro.sums_start %a
%t = micro.sums_gather %s, %a at %a, %a, %a first 0 count 5 in 8 width 4 lanes 16
// CHECK: micro.sums_gather: one to four non-zeros share a word of weights

// -----

%a = "test.op"() : () -> i32
%s = micro.sums_start %a
%t = micro.sums_gather %s, %a at %a, %a, %a first 0 count 4 in 8 width 2 lanes 16
// CHECK: micro.sums_gather: blocks of 4, 8, 16 have indices of 2, 4, 4 bits

// -----

%a = "test.op"() : () -> i32
%s = micro.sums_start %a
%t = micro.sums_gather %s, %a at %a, %a, %a first 0 count 4 in 8 width 4 lanes 12
// CHECK: micro.sums_gather: lanes is a power of two from 4 on

// -----

%a, %v = "test.op"() : () -> (i32, vector<4xi8>)
%s = micro.sums_start %a
%x, %y, %z, %w = micro.sums_requantize %s into %v, %v, %v, %v by %a, <shift = 12, zero_point = 0, lo = 0, hi = 255, form = narrow, acc_bits = 0> : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>
// CHECK: micro.sums_requantize: the bounds do not fit the vectors' lanes

// -----

%a = "test.op"() : () -> i32
%y = micro.requantize_pack %a, %a, %a, %a by %a, %a, %a, %a requant <shift = 12, zero_point = 0, lo = 0, hi = 255, form = narrow, acc_bits = 0> : vector<4xi8>
// CHECK: micro.requantize_pack: the bounds do not fit the vector's lanes

// -----

%a = "test.op"() : () -> i32
%x = micro.gather_word %a at %a, %a number 2 word 0 in 8 width 4 lanes 16 : vector<4xi8>
// CHECK: micro.gather_word: a pair has the numbers 0 and 1

// -----

%a = "test.op"() : () -> i32
%x = micro.gather_word %a at %a, %a number 0 word 4 in 8 width 4 lanes 16 : vector<4xi8>
// CHECK: micro.gather_word: 16 lanes have words 0 to 3

// -----

%a = "test.op"() : () -> i32
%x = micro.gather_word %a at %a, %a number 0 word 0 in 4 width 4 lanes 16 : vector<4xi8>
// CHECK: micro.gather_word: blocks of 4, 8, 16 have indices of 2, 4, 4 bits
