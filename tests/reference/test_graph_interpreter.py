"""The interpreter of the graph level: its calling convention, its refusals, each operation once."""

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from nmc.errors import NmcError
from nmc.reference.graph_interpreter import interpret, main_function
from tests.graph_ir import parse

TWO = """
func.func @main(%a: tensor<2xi8> {nmc.name = "left"}, %b: tensor<2xui8>)
    -> (tensor<2xi8>, tensor<2xi8> {nmc.name = "second"}) {
  %0 = qnn.add "sum" %a, %b {rhs_zero_point = 128 : i64, lhs_multiplier = 2 : i64,
       rhs_multiplier = 4 : i64, shift = 1 : i64, lo = -128 : i64, hi = 100 : i64}
     : (tensor<2xi8>, tensor<2xui8>) -> tensor<2xi8>
  %1 = qnn.requantize "half" %0 requant <multiplier = [1], shift = 1, zero_point = 1, lo = -128,
       hi = 127, form = narrow> : tensor<2xi8> -> tensor<2xi8>
  func.return %0, %1 : tensor<2xi8>, tensor<2xi8>
}
"""

A, B = np.array([1, -3], np.int8), np.array([128, 255], np.uint8)


def test_inputs_by_name_or_position_and_layers() -> None:
    module = parse(TWO)
    by_position = interpret(module, [A, B])
    by_name = interpret(module, {"arg1": B, "left": A})
    assert list(by_position.outputs) == ["out0", "second"]
    assert by_position.outputs["out0"].tolist() == [1, 100]
    assert by_position.outputs["second"].tolist() == [2, 51]
    assert by_position.outputs["second"].dtype == np.int8
    assert list(by_position.layers) == ["sum", "half"]
    assert by_position.layers["half"].tolist() == by_name.outputs["second"].tolist()
    assert interpret(module, [A, B], keep_layers=False).layers == {}
    assert interpret(module, [A, B], keep_layers=False).outputs["second"].tolist() == [2, 51]


def test_wrong_inputs_are_refused() -> None:
    module = parse(TWO)
    with pytest.raises(NmcError, match="1 inputs are given; the model takes 2"):
        interpret(module, [A])
    with pytest.raises(NmcError, match="inputs are left, right; the model takes left, arg1"):
        interpret(module, {"left": A, "right": B})
    with pytest.raises(NmcError, match=r"input left is int8 of shape \[3\].*int8 of shape \[2\]"):
        interpret(module, [np.zeros(3, np.int8), B])
    with pytest.raises(NmcError, match=r"input arg1 is int8 .* takes uint8"):
        interpret(module, [A, A])


def test_modules_without_a_meaning_are_refused() -> None:
    with pytest.raises(NmcError, match="no function @main"):
        main_function(ModuleOp([]))
    with pytest.raises(NmcError, match=r"relu: Relu on real numbers .* run fold-qdq first"):
        interpret(
            parse("""
            func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
              %y = qnn.float "Relu" "relu" (%x) {} : (tensor<2xf32>) -> tensor<2xf32>
              func.return %y : tensor<2xf32>
            }"""),
            [np.zeros(2, np.float32)],
        )
    with pytest.raises(NmcError, match=r"arith.addi cannot be interpreted at graph level"):
        interpret(
            parse("""
            func.func @main(%x: tensor<2xi8>) -> tensor<2xi8> {
              %y = arith.addi %x, %x : tensor<2xi8>
              func.return %y : tensor<2xi8>
            }"""),
            [A],
        )


def one(body: str, x: object, type: str, result: str) -> object:
    """The result, as lists, of one operation on %x."""
    module = parse(
        f"func.func @main(%x: tensor<{type}>) -> tensor<{result}> {{\n{body}\n"
        f"func.return %y : tensor<{result}>\n}}"
    )
    dtype = {"xui8": np.uint8, "xf32": np.float32}.get(type[-4:], np.int8)
    shape = [int(d) for d in type.split("x")[:-1]]
    inputs = np.asarray(x, dtype=dtype).reshape(shape)
    return interpret(module, [inputs]).outputs["out0"].tolist()


HALVE = "requant <multiplier = [1], shift = 1, zero_point = 0, lo = -128, hi = 127, form = narrow>"


def test_contractions() -> None:
    matmul = f"""
      %w = arith.constant dense<[[1, 2], [-1, 1]]> : tensor<2x2xi8>
      %b = arith.constant dense<[1, 0]> : tensor<2xi32>
      %y = qnn.matmul "m" %x, %w, %b {HALVE}
         : (tensor<2x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<2x2xi8>"""
    # Rows [3, 4] and [10, 20]: (3 + 8 + 1) / 2, (1 + 0) / 2 rounded up, ...
    assert one(matmul, [3, 4, 10, 20], "2x2xi8", "2x2xi8") == [[6, 1], [26, 5]]
    for layout, weights, image, out in (
        ("nhwc", "tensor<2x1x2x1xi8>", "1x1x3x1xi8", "1x1x2x2xi8"),
        ("nchw", "tensor<2x1x1x2xi8>", "1x1x1x3xi8", "1x2x1x2xi8"),
    ):
        conv = f"""
          %w = arith.constant dense<"0x020404FE"> : {weights}
          %b = arith.constant dense<0> : tensor<2xi32>
          %y = qnn.conv2d "c" %x, %w, %b {HALVE} {{layout = "{layout}"}}
             : (tensor<{image}>, {weights}, tensor<2xi32>) -> tensor<{out}>"""
        got = np.asarray(one(conv, [1, 2, 3], image, out)).reshape(-1).tolist()
        # Channel 0: 1*2 + 2*4, 2*2 + 3*4; channel 1: 1*4 - 2*2, 2*4 - 3*2; all halved.
        assert got == ([5, 0, 8, 1] if layout == "nhwc" else [5, 8, 0, 1])


def test_pooling_and_movement() -> None:
    pool = """%y = qnn.max_pool2d "p" %x {kernel = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 0>}
       : tensor<1x1x3x1xi8> -> tensor<1x1x3x1xi8>"""
    assert one(pool, [-5, -7, 1], "1x1x3x1xi8", "1x1x3x1xi8") == [[[[-5], [-5], [1]]]]
    pool = f"""%y = qnn.avg_pool2d "p" %x {HALVE} {{kernel = array<i64: 1, 2>,
       input_zero_point = 1 : i64, layout = "nchw"}} : tensor<1x1x1x3xi8> -> tensor<1x1x1x2xi8>"""
    assert one(pool, [1, 4, -5], "1x1x1x3xi8", "1x1x1x2xi8") == [[[[2, -1]]]]
    pad = """%y = qnn.pad "p" %x {before = array<i64: 1>, after = array<i64: 2>, value = 7 : i64}
       : tensor<2xi8> -> tensor<5xi8>"""
    assert one(pad, [1, 2], "2xi8", "5xi8") == [7, 1, 2, 7, 7]
    transpose = """%y = qnn.transpose "t" %x {permutation = array<i64: 1, 0>}
       : tensor<2x3xi8> -> tensor<3x2xi8>"""
    assert one(transpose, range(6), "2x3xi8", "3x2xi8") == [[0, 3], [1, 4], [2, 5]]
    reshape = """%y = qnn.reshape "r" %x : tensor<2x3xi8> -> tensor<3x2xi8>"""
    assert one(reshape, range(6), "2x3xi8", "3x2xi8") == [[0, 1], [2, 3], [4, 5]]
    concat = """%y = qnn.concat "c" %x, %x {axis = 0 : i64, input_zero_points = array<i64: 0, 1>,
       requants = [unit, #qnn.requant<multiplier = [2], shift = 1, zero_point = 0, lo = -128,
       hi = 10, form = narrow>]} : (tensor<2xi8>, tensor<2xi8>) -> tensor<4xi8>"""
    assert one(concat, [3, 50], "2xi8", "4xi8") == [3, 50, 2, 10]


def test_boundary_and_encodings() -> None:
    quantize = """%y = qnn.quantize "q" %x {scale = array<f32: 0.5>, zero_point = array<i64: 3>,
       lo = 3 : i64, hi = 6 : i64} : tensor<4xf32> -> tensor<4xi8>"""
    assert one(quantize, [-1, 0.25, 0.75, 9], "4xf32", "4xi8") == [3, 3, 5, 6]
    dequantize = """%y = qnn.dequantize "d" %x {scale = array<f32: 0.5>,
       zero_point = array<i64: 128>} : tensor<2xui8> -> tensor<2xf32>"""
    assert one(dequantize, [0, 130], "2xui8", "2xf32") == [-64.0, 1.0]
    prune = """
      %p = nm.prune %x : tensor<4xi8> to tensor<4xi8, #nm.sparsity<1:2, axis = 0>>
      %e = nm.encode %p : tensor<4xi8, #nm.sparsity<1:2, axis = 0>>
           to tensor<4xi8, #nm.sparsity<1:2, axis = 0, index = delta>>
      %y = nm.decode %e : tensor<4xi8, #nm.sparsity<1:2, axis = 0, index = delta>>
           to tensor<4xi8>"""
    assert one(prune, [1, -2, 3, 3], "4xi8", "4xi8") == [0, -2, 3, 0]


def test_rows_tables_and_products() -> None:
    product = f"""%y = qnn.batch_matmul "m" %x, %x {HALVE} {{lhs_zero_point = 1 : i64,
       rhs_zero_point = -1 : i64TRANSPOSED}} : (tensor<2x2xi8>, tensor<2x2xi8>) -> tensor<2x2xi8>"""
    # [[0, 1], [2, 3]] times [[2, 3], [4, 5]], halved and rounded up; then times its transpose.
    plain, transposed = (
        product.replace("TRANSPOSED", ""),
        product.replace("TRANSPOSED", ", transpose_rhs"),
    )
    assert one(plain, [1, 2, 3, 4], "2x2xi8", "2x2xi8") == [[2, 3], [8, 11]]
    assert one(transposed, [1, 2, 3, 4], "2x2xi8", "2x2xi8") == [[2, 3], [7, 12]]
    table = bytes((7 * i) % 256 for i in range(256)).hex()
    lookup = f"""%y = qnn.lookup "l" %x table dense<"0x{table}"> : tensor<256xui8>
       : tensor<3xi8> -> tensor<3xui8>"""
    assert one(lookup, [0, 2, -1], "3xi8", "3xui8") == [0, 14, 7 * 255 % 256]
    softmax = """%y = qnn.softmax "s" %x exponentials dense<8388608> : tensor<256xi32>
       {numerator = 1677721600 : i64, shift = 23 : i64, value_shift = 8 : i64,
        zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : tensor<4xi8> -> tensor<4xi8>"""
    # Every exponential is 1: a quarter of 200 steps.
    assert one(softmax, [1, 2, 3, 4], "4xi8", "4xi8") == [50 - 128] * 4
    norm = """
      %g = arith.constant dense<[1280, -2560]> : tensor<2xi32>
      %o = arith.constant dense<3670016> : tensor<2xi32>
      %y = qnn.layer_norm "n" %x, %g, %o {row_bits = 29 : i64, value_bits = 13 : i64,
       epsilon = 0 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64,
       hi = 127 : i64} : (tensor<2x2xi8>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2xi8>"""
    # Rows (-1, 1) and (0, 0) once normalised, times (10, -20), plus 3.
    assert one(norm, [1, 3, 5, 5], "2x2xi8", "2x2xi8") == [[-7, -17], [3, 3]]
    part = """%y = qnn.slice "p" %x {offsets = array<i64: 1, 0>, steps = array<i64: 1, 2>}
       : tensor<2x3xi8> -> tensor<1x2xi8>"""
    assert one(part, range(6), "2x3xi8", "1x2xi8") == [[3, 5]]
