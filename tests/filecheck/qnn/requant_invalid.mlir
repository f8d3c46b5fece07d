// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: #qnn.requant lacks shift, form
"test.op"() {r = #qnn.requant<multiplier = [1], zero_point = 0, lo = 0, hi = 1>} : () -> ()

// -----

// CHECK: #qnn.requant has no parameter 'scale'
"test.op"() {r = #qnn.requant<scale = 3>} : () -> ()

// -----

// CHECK: multiplier 2147483648 is over 32 bits
"test.op"() {r = #qnn.requant<multiplier = [2147483648], shift = 40, zero_point = 0, lo = 0, hi = 1, form = wide>} : () -> ()

// -----

// CHECK: multipliers must not be negative, got -1
"test.op"() {r = #qnn.requant<multiplier = [-1], shift = 40, zero_point = 0, lo = 0, hi = 1, form = wide>} : () -> ()

// -----

// CHECK: a requantisation needs at least one multiplier
"test.op"() {r = #qnn.requant<multiplier = [], shift = 4, zero_point = 0, lo = 0, hi = 1, form = narrow>} : () -> ()

// -----

// CHECK: a narrow requantisation shifts by 1 to 31, not 32
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 32, zero_point = 0, lo = 0, hi = 1, form = narrow>} : () -> ()

// -----

// CHECK: a wide requantisation shifts by 18 to 62, not 17
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 17, zero_point = 0, lo = 0, hi = 1, form = wide>} : () -> ()

// -----

// CHECK: form must be narrow, clamped or wide, not 'slim'
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 3, zero_point = 0, lo = 0, hi = 1, form = slim>} : () -> ()

// -----

// CHECK: acc_bits must be 0 or 2 to 32, not 33
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 3, zero_point = 0, lo = 0, hi = 1, form = narrow, acc_bits = 33>} : () -> ()

// -----

// CHECK: lo = 2 lies above hi = 1
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 3, zero_point = 0, lo = 2, hi = 1, form = narrow>} : () -> ()

// -----

// CHECK: zero_point = 300 fits neither int8 nor uint8
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 3, zero_point = 300, lo = 0, hi = 1, form = narrow>} : () -> ()

// -----

// CHECK: a clamped requantisation shifts by 1 to 24, not 25
"test.op"() {r = #qnn.requant<multiplier = [1], shift = 25, zero_point = 0, lo = 0, hi = 1, form = clamped>} : () -> ()
