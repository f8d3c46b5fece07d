// RUN: nmc-opt %s | nmc-opt | filecheck %s

// CHECK-LABEL: func.func @products
func.func @products(%q: tensor<1x2x5x8xi8>, %k: tensor<1x2x7x8xi8>, %v: tensor<1x2x7x3xui8>) {
  // CHECK: qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 20, zero_point = 3, lo = -128, hi = 127, form = narrow> {lhs_zero_point = -4 : i64, transpose_rhs} : (tensor<1x2x5x8xi8>, tensor<1x2x7x8xi8>) -> tensor<1x2x5x7xi8>
  %s = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 20, zero_point = 3, lo = -128, hi = 127, form = narrow> {lhs_zero_point = -4 : i64, rhs_zero_point = 0 : i64, transpose_rhs} : (tensor<1x2x5x8xi8>, tensor<1x2x7x8xi8>) -> tensor<1x2x5x7xi8>
  // CHECK: qnn.batch_matmul "values" %s, %v requant <{{.*}}> {rhs_zero_point = 128 : i64} : (tensor<1x2x5x7xi8>, tensor<1x2x7x3xui8>) -> tensor<1x2x5x3xi8>
  %o = qnn.batch_matmul "values" %s, %v requant <multiplier = [77], shift = 20, zero_point = 3, lo = -128, hi = 127, form = narrow> {rhs_zero_point = 128 : i64} : (tensor<1x2x5x7xi8>, tensor<1x2x7x3xui8>) -> tensor<1x2x5x3xi8>
  // The least there is: two matrices of one element.
  %a, %b = "test.op"() : () -> (tensor<1x1xi8>, tensor<1x1xi8>)
  // CHECK: qnn.batch_matmul "one" %a, %b requant <{{.*}}> : (tensor<1x1xi8>, tensor<1x1xi8>) -> tensor<1x1xi8>
  %c = qnn.batch_matmul "one" %a, %b requant <multiplier = [77], shift = 20, zero_point = 3, lo = -128, hi = 127, form = narrow> : (tensor<1x1xi8>, tensor<1x1xi8>) -> tensor<1x1xi8>
  func.return
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: tensor<1x5x4xi8>, %u: tensor<1xui8>, %g: tensor<4xi32>, %b: tensor<4xi32>) {
  // CHECK: qnn.lookup "table" %x table dense<"0x000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"> : tensor<256xui8> : tensor<1x5x4xi8> -> tensor<1x5x4xui8>
  %0 = qnn.lookup "table" %x table dense<"0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"> : tensor<256xui8> : tensor<1x5x4xi8> -> tensor<1x5x4xui8>
  // Defaults are not printed.
  // CHECK: qnn.softmax "softmax" %x exponentials dense<"0x00008000B6D17300{{[0-9A-F]*}}"> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x5x4xi8> -> tensor<1x5x4xi8>
  %1 = qnn.softmax "softmax" %x exponentials dense<"0x00008000b6d173002bcc680022d35e000ccd5500cca24d00763f46001b903f009d8339007a0a3400ac162f00859b2a00888d260052e222007d901f00878f1c00bfd719002c6217008428150011251300ab521100a7ac0f00cc2e0e0048d50c00a59c0b00c3810a00cc810900319a0800a0c80700000b07006c5f06002cc40500b237050096b804009345040082dd0300587f0300242a03000cdd0200499702002b5802000e1f020060eb01009dbc01004e920100056c010061490100092a0100ac0d010002f40000cadc0000c7c70000c4b4000091a3000000940000ea8500002c790000a46d000035630000c4590000395100007f490000804200002c3c00007236000044310000942c0000562800007f24000006210000e11d0000091b00007718000023160000081400002012000066100000d70e00006d0d0000260c0000fe0a0000f209000000090000250800005e070000ab0600000806000075050000f0040000780400000b040000a903000050030000ff020000b6020000740200003802000002020000d1010000a50100007d01000059010000380100001a010000ff000000e7000000d1000000bd000000ab0000009b0000008c0000007f00000073000000680000005e000000550000004d000000460000003f00000039000000340000002f0000002a00000026000000230000001f0000001c0000001a00000017000000150000001300000011000000100000000e0000000d0000000c0000000a0000000900000009000000080000000700000006000000060000000500000005000000040000000400000003000000030000000300000003000000020000000200000002000000020000000200000001000000010000000100000001000000010000000100000001000000010000000100000001000000010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"> : tensor<256xi32> {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64, part = 256 : i64, zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<1x5x4xi8> -> tensor<1x5x4xi8>
  // CHECK: qnn.softmax "short" %u {{.*}} {numerator = 1 : i64, shift = 1 : i64, value_shift = 23 : i64, part = 1 : i64, lo = 0 : i64, hi = 0 : i64} : tensor<1xui8> -> tensor<1xui8>
  %2 = qnn.softmax "short" %u exponentials dense<8388608> : tensor<256xi32> {numerator = 1 : i64, shift = 1 : i64, value_shift = 23 : i64, part = 1 : i64, lo = 0 : i64, hi = 0 : i64} : tensor<1xui8> -> tensor<1xui8>
  // CHECK: qnn.layer_norm "norm" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x5x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x5x4xi8>
  %3 = qnn.layer_norm "norm" %x, %g, %b {row_bits = 28 : i64, value_bits = 13 : i64, epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<1x5x4xi8>, tensor<4xi32>, tensor<4xi32>) -> tensor<1x5x4xi8>
  func.return
}

// CHECK-LABEL: func.func @parts
func.func @parts(%x: tensor<1x5x4xi8>, %i: tensor<6xi32>) {
  // CHECK: qnn.slice "part" %x {offsets = array<i64: 0, 1, 3>, steps = array<i64: 1, 2, 1>} : tensor<1x5x4xi8> -> tensor<1x2x1xi8>
  %0 = qnn.slice "part" %x {offsets = array<i64: 0, 1, 3>, steps = array<i64: 1, 2, 1>} : tensor<1x5x4xi8> -> tensor<1x2x1xi8>
  // CHECK: qnn.slice "last" %i {offsets = array<i64: 5>, steps = array<i64: 9>} : tensor<6xi32> -> tensor<1xi32>
  %1 = qnn.slice "last" %i {offsets = array<i64: 5>, steps = array<i64: 9>} : tensor<6xi32> -> tensor<1xi32>
  func.return
}
