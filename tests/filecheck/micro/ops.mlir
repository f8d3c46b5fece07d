// RUN: nmc-opt %s | nmc-opt | filecheck %s

%a, %b = "test.op"() : () -> (i32, i32)
// CHECK: %v = micro.load %a[4] as vector<4xi8> : vector<4xi8>
%v = micro.load %a[4] as vector<4xi8> : vector<4xi8>
// CHECK: %s = micro.load %a[-4] volatile as ui8 : i32
%s = micro.load %a[-4] volatile as ui8 : i32
// CHECK: micro.store %s, %b[0] as i8 : i32
micro.store %s, %b[0] as i8 : i32
// CHECK: %d = micro.dot %s, %v, %v : vector<4xi8>, vector<4xi8>
%d = micro.dot %s, %v, %v : vector<4xi8>, vector<4xi8>
// CHECK: %p = micro.pack %a, %b, %a, %b : vector<4xui8>
%p = micro.pack %a, %b, %a, %b : vector<4xui8>
// CHECK: %q = micro.lanes 16843009 : vector<4xui8>
%q = micro.lanes 16843009 : vector<4xui8>
// CHECK: %r = micro.max %p, %q : vector<4xui8>
%r = micro.max %p, %q : vector<4xui8>
// CHECK: %t = micro.shuffle %p, %q, %a : vector<4xui8>
%t = micro.shuffle %p, %q, %a : vector<4xui8>
// CHECK: %bytes = micro.bytes %a : vector<4xui8>
%bytes = micro.bytes %a : vector<4xui8>
// CHECK: %mac = micro.mac %a, %b, %s
%mac = micro.mac %a, %b, %s
// CHECK: %ars = micro.add_round_shift %a, %b, 12
%ars = micro.add_round_shift %a, %b, 12
// CHECK: %held = micro.clip %a, %b
%held = micro.clip %a, %b

// CHECK: %cl = micro.clamp %a, -128 to 127
%cl = micro.clamp %a, -128 to 127
// CHECK: %rq = micro.requantize %a, %b, <shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>
%rq = micro.requantize %a, %b, <shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow, acc_bits = 0>
// CHECK: %x0, %x1 = micro.gather %v, %v from %a, %b at %s, %d counted field 0 of 1 in 8 width 4 copies 1 : i32, i32 -> vector<4xi8>, vector<4xi8>
%x0, %x1 = micro.gather %v, %v from %a, %b at %s, %d counted field 0 of 1 in 8 width 4 copies 1 : i32, i32 -> vector<4xi8>, vector<4xi8>
// CHECK: %x2, %x3 = micro.gather %v, %v from %a, %a at %s, %d channels field 0 of 1 in 8 width 4 copies 2 : i32, i32 -> vector<4xi8>, vector<4xi8>
%x2, %x3 = micro.gather %v, %v from %a, %a at %s, %d channels field 0 of 1 in 8 width 4 copies 2 : i32, i32 -> vector<4xi8>, vector<4xi8>
// CHECK: micro.gather_reset
micro.gather_reset
// CHECK: %id = micro.core_id
%id = micro.core_id
// CHECK: %e = micro.event_wait %a[60]
%e = micro.event_wait %a[60]

// Sums of four pixels.
// CHECK: %sums = micro.sums_start %a
%sums = micro.sums_start %a
// CHECK-NEXT: %more = micro.sums_gather %sums, %a at %b, %b, %b first 5 count 3 in 8 width 4 lanes 16 unsigned
%more = micro.sums_gather %sums, %a at %b, %b, %b first 5 count 3 in 8 width 4 lanes 16 unsigned
// CHECK-NEXT: %out0, %out1, %out2, %out3 = micro.sums_requantize %more into %v, %v, %v, %v by %b, <shift = 12, {{.*}}> : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>
%out0, %out1, %out2, %out3 = micro.sums_requantize %more into %v, %v, %v, %v by %b, <shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0> : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>
// CHECK-NEXT: %others = micro.sums_start %b
%others = micro.sums_start %b
// CHECK-NEXT: %sum0, %sum1, %sum2, %sum3 = micro.sums_read %others
%sum0, %sum1, %sum2, %sum3 = micro.sums_read %others
// CHECK: %rs = micro.round_shift %a, %b
%rs = micro.round_shift %a, %b
// CHECK: %top = micro.top_bit %a
%top = micro.top_bit %a
// CHECK: %word = micro.word %p : vector<4xui8>
%word = micro.word %p : vector<4xui8>
// CHECK: %plus = micro.add %p, %q : vector<4xui8>
%plus = micro.add %p, %q : vector<4xui8>
// CHECK: %minus = micro.sub %v, %v : vector<4xi8>
%minus = micro.sub %v, %v : vector<4xi8>
// CHECK: %squares = micro.dot %a, %p, %p : vector<4xui8>, vector<4xui8>
%squares = micro.dot %a, %p, %p : vector<4xui8>, vector<4xui8>
// CHECK: %packed = micro.requantize_pack %a, %b, %a, %b by %b, %a, %b, %a requant <shift = 12, {{.*}}> : vector<4xi8>
%packed = micro.requantize_pack %a, %b, %a, %b by %b, %a, %b, %a requant <shift = 12, zero_point = 0, lo = -128, hi = 127, form = narrow, acc_bits = 0> : vector<4xi8>
// CHECK-NEXT: %gathered = micro.gather_word %a at %b, %a number 1 word 3 in 8 width 4 lanes 16 : vector<4xui8>
%gathered = micro.gather_word %a at %b, %a number 1 word 3 in 8 width 4 lanes 16 : vector<4xui8>
