"""What the imported module says: stage, names, types, parameters, both formats, all opsets."""

from typing import Any, cast, get_args

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    Builtin,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
    TensorType,
)
from xdsl.parser import Parser

from nmc.dialects import qnn
from nmc.dialects.constants import constant_value
from nmc.frontend import import_onnx
from nmc.frontend.graph import Array
from nmc.models.builder import GraphBuilder, Window
from nmc.models.quantise import FormatName, Quantisation, quantise
from nmc.models.small import SMALL, small_model
from nmc.onnxruntime_session import Session


def _main(module: ModuleOp) -> func.FuncOp:
    (main,) = module.ops
    assert isinstance(main, func.FuncOp) and main.sym_name.data == "main"
    return main


def _ports(module: ModuleOp) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    main = _main(module)
    assert main.arg_attrs is not None and main.res_attrs is not None

    def read(attributes: Any) -> list[dict[str, Any]]:
        return [dict(cast(DictionaryAttr, each).data) for each in attributes]

    return read(main.arg_attrs), read(main.res_attrs)


def _layers(module: ModuleOp, op: str) -> dict[str, qnn.FloatOp]:
    return {
        each.layer_name: each
        for each in module.walk()
        if isinstance(each, qnn.FloatOp) and each.op_type.data == op
    }


def _reparsed(module: ModuleOp) -> ModuleOp:
    context = Context()
    for dialect in (Builtin, arith.Arith, func.Func, qnn.Qnn):
        context.load_dialect(dialect)
    return Parser(context, str(module)).parse_module()


@pytest.mark.parametrize("activations", ["int8", "uint8"])
@pytest.mark.parametrize("form", get_args(FormatName))
@pytest.mark.parametrize("name", SMALL)
def test_every_small_network(name: str, form: FormatName, activations: str) -> None:
    options = Quantisation(form, cast(Any, activations), keep_relu=activations == "uint8")
    model = small_model(name, "1:4", 0, options)
    module = import_onnx(model)
    module.verify()
    assert str(_reparsed(module)) == str(module)
    session = Session(model)
    arguments, results = _ports(module)
    assert [each["nmc.name"].data for each in arguments] == [i.name for i in session.inputs]
    assert [each["nmc.name"].data for each in results] == list(session.outputs)
    outputs = session.run({i.name: np.zeros(i.shape, i.dtype) for i in session.inputs})
    types = _main(module).function_type
    for spec, kind in zip(session.inputs, types.inputs, strict=True):
        assert cast(TensorType[Any], kind).get_shape() == spec.shape
    for array, kind in zip(outputs.values(), types.outputs, strict=True):
        assert cast(TensorType[Any], kind).get_shape() == array.shape
    layers = [op.layer_name for op in module.walk() if isinstance(op, qnn.LayerOp)]
    assert len(set(layers)) == len(layers)


def test_boundary_attributes() -> None:
    model = small_model("conv")
    scale = next(t for t in model.graph.initializer if t.name == "x_scale")
    zero = next(t for t in model.graph.initializer if t.name == "x_zero_point")
    module = import_onnx(model)
    assert cast(Any, module.attributes["nmc.stage"]).data == "imported"
    ((argument,), (result,)) = _ports(module)
    assert argument["nmc.model_dtype"].data == result["nmc.model_dtype"].data == "float32"
    recorded, point = argument["nmc.scale"], argument["nmc.zero_point"]
    assert isinstance(recorded, FloatAttr) and isinstance(point, IntegerAttr)
    assert np.float32(recorded.value.data) == numpy_helper.to_array(scale)
    assert point.value.data == int(numpy_helper.to_array(zero))


def test_weights_are_the_file_s() -> None:
    model = small_model("conv-odd")
    stored = next(t for t in model.graph.initializer if t.name == "conv.weight_quantized")
    conv = _layers(import_onnx(model), "Conv")["conv"]
    dequantised = conv.inputs[1].owner
    assert isinstance(dequantised, qnn.DequantizeOp)
    assert dequantised.axis is not None and dequantised.axis.value.data == 0
    value = constant_value(dequantised.input)
    np.testing.assert_array_equal(cast(Array, value), numpy_helper.to_array(stored))


def test_formats_mean_the_same() -> None:
    """A convolution imports alike from both formats: same weights, window and input scale."""
    found = [
        _layers(import_onnx(small_model("conv-stride", quantisation=Quantisation(form))), "Conv")
        for form in get_args(FormatName)
    ]
    # The quantiser renames what it replaces.
    first, second = found[0]["conv"], found[1]["conv_quant"]
    assert first.params == second.params
    for index in range(2):
        one, two = first.inputs[index].owner, second.inputs[index].owner
        assert isinstance(one, qnn.DequantizeOp) and isinstance(two, qnn.DequantizeOp)
        assert one.scale == two.scale and one.zero_point == two.zero_point


@pytest.mark.parametrize("opset", range(13, 22))
def test_opsets(opset: int) -> None:
    for name in ("tiny-resnet", "average-pool", "pad", "transpose"):
        module = import_onnx(small_model(name, opset=opset))
        assert _layers(module, "Conv")


def test_unsigned_weights_are_shifted() -> None:
    """uint8 weights with zero-point 128 are the int8 ones with zero-point 0."""
    model = small_model("conv")
    signed = str(import_onnx(model))
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if tensor.name == "conv.weight_quantized":
            moved = (array.astype(np.int16) + 128).astype(np.uint8)
        elif tensor.name == "conv.weight_zero_point":
            moved = np.full(array.shape, 128, np.uint8)
        else:
            continue
        tensor.CopyFrom(numpy_helper.from_array(moved, tensor.name))
    unsigned = import_onnx(model)
    weights = _layers(unsigned, "Conv")["conv"].inputs[1].owner
    assert isinstance(weights, qnn.DequantizeOp)
    original = _layers(import_onnx(small_model("conv")), "Conv")["conv"].inputs[1].owner
    assert isinstance(original, qnn.DequantizeOp)
    np.testing.assert_array_equal(
        cast(Array, constant_value(weights.input)), cast(Array, constant_value(original.input))
    )
    assert weights.zero_point == original.zero_point and "xi8" in signed


def test_symbolic_batch_becomes_one() -> None:
    model = small_model("tiny-resnet")
    for port in (*model.graph.input, *model.graph.output):
        port.type.tensor_type.shape.dim[0].dim_param = "batch"
    kind = _main(import_onnx(model)).function_type.inputs.data[0]
    assert cast(TensorType[Any], kind).get_shape() == (1, 3, 9, 7)


def test_float_bias_and_weights_quantised_in_the_graph() -> None:
    """A bias left float stays a float constant; float weights behind a quantiser become int8."""
    model = small_model("conv")
    graph = model.graph
    bias = next(n for n in graph.node if n.output[0] in _conv(model).input[2])
    graph.node.remove(bias)
    values = np.arange(8, dtype=np.float32)
    graph.initializer.append(numpy_helper.from_array(values, "float_bias"))
    _conv(model).input[2] = "float_bias"
    integers = next(t for t in graph.initializer if t.name == "conv.weight_quantized")
    scale = next(t for t in graph.initializer if t.name == "conv.weight_scale")
    steps = numpy_helper.to_array(integers).copy()
    reals = steps * numpy_helper.to_array(scale).reshape(-1, 1, 1, 1)
    graph.initializer.remove(integers)
    graph.initializer.append(numpy_helper.from_array(reals, "weight"))
    parameters = ["weight", "conv.weight_scale", "conv.weight_zero_point"]
    node = helper.make_node("QuantizeLinear", parameters, [integers.name], "wq", axis=0)
    graph.node.insert(0, node)
    conv = _layers(import_onnx(model), "Conv")["conv"]
    weights = conv.inputs[1].owner
    assert isinstance(weights, qnn.DequantizeOp)
    np.testing.assert_array_equal(cast(Array, constant_value(weights.input)), steps)
    np.testing.assert_array_equal(cast(Array, constant_value(conv.inputs[2])), values)


def _conv(model: onnx.ModelProto) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == "Conv")


def test_constant_nodes() -> None:
    """Initialisers moved into Constant nodes give the same module."""
    model = small_model("pad")
    plain = str(import_onnx(model))
    nodes = [
        helper.make_node("Constant", [], [tensor.name], f"constant {tensor.name}", value=tensor)
        for tensor in model.graph.initializer
    ]
    rest = list(model.graph.node)
    del model.graph.node[:]
    del model.graph.initializer[:]
    model.graph.node.extend([*nodes, *rest])
    assert str(import_onnx(model)) == plain


def test_integer_boundary() -> None:
    """A model whose own tensors are int8 has no scale at its boundary."""
    model = small_model("conv")
    graph = model.graph
    for name, kept in (("x_QuantizeLinear", "input"), ("y_DequantizeLinear", "output")):
        node = next(n for n in graph.node if n.name == name)
        graph.node.remove(node)
        tensor = node.output[0] if kept == "input" else node.input[0]
        port = getattr(graph, kept)[0]
        port.name = tensor
        port.type.tensor_type.elem_type = onnx.TensorProto.INT8
    ((argument,), (result,)) = _ports(import_onnx(model))
    assert argument["nmc.model_dtype"].data == result["nmc.model_dtype"].data == "int8"
    assert "nmc.scale" not in argument and "nmc.scale" not in result


def test_moved_boundary() -> None:
    """Data may be moved before it is quantised, and after it is dequantised."""
    graph = GraphBuilder("moved", 0)
    x = graph.input("x", (1, 6, 5, 3))
    y = graph.conv("conv", graph.transpose("nchw", x, (0, 3, 1, 2)), 4, Window.square(3))
    model = quantise(graph, {"y": y})
    # Undo the quantiser's own pair in front of the transpose.
    transpose = next(n for n in model.graph.node if n.op_type == "Transpose")
    transpose.input[0] = "x"
    for name in ("x_QuantizeLinear", "x_DequantizeLinear"):
        model.graph.node.remove(next(n for n in model.graph.node if n.name == name))
    ((argument,), _) = _ports(import_onnx(model))
    assert "nmc.scale" in argument
