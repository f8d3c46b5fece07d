// RUN: nmc-opt %s -p to-channels-last --split-input-file --verify-diagnostics | filecheck %s

// The input is checked in the layout it claims.
// CHECK: the result has shape [1, 4, 4, 2], expected [1, 2, 4, 4]
%x, %w, %b = "test.op"() : () -> (tensor<1x2x4x4xi8>, tensor<2x2x1x1xi8>, tensor<2xi32>)
%y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 2, zero_point = 0, lo = -128, hi = 127, form = narrow> {layout = "nchw"} : (tensor<1x2x4x4xi8>, tensor<2x2x1x1xi8>, tensor<2xi32>) -> tensor<1x4x4x2xi8>
