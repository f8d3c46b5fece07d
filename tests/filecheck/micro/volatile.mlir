// RUN: nmc-opt %s -p canonicalize,dce | filecheck %s
// A load that nothing reads goes; a volatile one, and the loop that polls with it, stay.

// CHECK:      func.func @poll(%address: i32) {
// CHECK:        scf.while () : () -> () {
// CHECK-NEXT:     %busy = micro.load %address[0] volatile as i32 : i32
// CHECK:          scf.condition(
// CHECK:        } do {
// CHECK-NOT:    micro.load %address[8]
// CHECK:        micro.load %address[4] volatile as i32 : i32
// CHECK:        func.return
func.func @poll(%address: i32) {
  %zero = arith.constant 0 : i32
  scf.while () : () -> () {
    %busy = micro.load %address[0] volatile as i32 : i32
    %waits = arith.cmpi ne, %busy, %zero : i32
    scf.condition(%waits)
  } do {
    scf.yield
  }
  %unused = micro.load %address[8] as i32 : i32
  %taken = micro.load %address[4] volatile as i32 : i32
  func.return
}
