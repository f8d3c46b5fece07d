// RUN: nmc-opt %s -p attach-options{features=xgmac},convert-micro-to-machine --split-input-file --verify-diagnostics | filecheck %s

// In registers there may be several.
// CHECK: sums of pixels start while others are in use; the core has one set of accumulators: read the others first
func.func @two(%bias: i32) -> i32 {
  %s = micro.sums_start %bias
  %t = micro.sums_start %bias
  %a, %b, %c, %d = micro.sums_read %s
  func.return %a : i32
}

// -----

// CHECK: sums of pixels are used after the core's accumulators went on; use each value once, in order
func.func @twice(%bias: i32) -> i32 {
  %s = micro.sums_start %bias
  %a, %b, %c, %d = micro.sums_read %s
  %e, %f, %g, %h = micro.sums_read %s
  func.return %a : i32
}

// -----

// CHECK: sums of pixels are used after the core's accumulators went on; use each value once, in order
func.func @behind_a_loop(%bias: i32, %n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %s = micro.sums_start %bias
  %t = scf.for %i = %zero to %n step %one iter_args(%u = %s) -> (vector<4xi32>) : i32 {
    scf.yield %u : vector<4xi32>
  }
  %a, %b, %c, %d = micro.sums_read %s
  func.return %a : i32
}
