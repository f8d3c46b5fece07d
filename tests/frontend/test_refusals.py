"""What is no supported quantised model is refused in one line that names the culprit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.builder import GraphBuilder, Window
from nmc.models.quantise import Quantisation, quantise, serialise
from nmc.models.small import ConvSpec, conv_model, small_model
from tests.graph_ir import INTEGER, run_passes

Edit = Callable[[onnx.ModelProto], None]


def _node(model: onnx.ModelProto, op: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == op)


def _tensor(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def _replace(model: onnx.ModelProto, name: str, array: np.ndarray) -> None:
    _tensor(model, name).CopyFrom(numpy_helper.from_array(array, name))


def _attribute(name: str, value: object, op: str = "Conv") -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        node = _node(model, op)
        kept = [attribute for attribute in node.attribute if attribute.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])

    return edit


def _input_dimension(axis: int, value: int | str) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        dim = model.graph.input[0].type.tensor_type.shape.dim[axis]
        if isinstance(value, str):
            dim.dim_param = value
        else:
            dim.dim_value = value

    return edit


def _weight_zero_points(model: onnx.ModelProto) -> None:
    _replace(model, "conv.weight_zero_point", np.full(8, 3, np.int8))


def _scale(value: float) -> Edit:
    return lambda model: _replace(model, "x_scale", np.array(value, np.float32))


def _huge_bias(model: onnx.ModelProto) -> None:
    _replace(model, "conv.bias_quantized", np.full(8, 2**31 - 1, np.int32))


def _initialiser_type(name: str, kind: int) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        _tensor(model, name).data_type = kind

    return edit


def _input_type(kind: int) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.elem_type = kind

    return edit


def _disconnect(model: onnx.ModelProto) -> None:
    _node(model, "Conv").input[0] = "nowhere"


def _duplicate_node(model: onnx.ModelProto) -> None:
    model.graph.node[1].name = model.graph.node[0].name


def _duplicate_tensor(model: onnx.ModelProto) -> None:
    model.graph.node[1].output[0] = model.graph.node[0].output[0]


def _duplicate_initialiser(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(model.graph.initializer[0])


def _reversed(model: onnx.ModelProto) -> None:
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))


def _einsum(model: onnx.ModelProto) -> None:
    node = _node(model, "Conv")
    name = node.output[0]
    node.output[0] = "before"
    position = list(model.graph.node).index(node)
    model.graph.node.insert(position + 1, helper.make_node("Einsum", ["before"], [name], "squash"))


def _opset(version: int) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = version

    return edit


def _subgraph(model: onnx.ModelProto) -> None:
    node = _node(model, "Conv")
    node.attribute.append(helper.make_attribute("body", onnx.GraphProto(name="inner")))


def _dynamic_scale(model: onnx.ModelProto) -> None:
    tensor = _tensor(model, "x_scale")
    model.graph.initializer.remove(tensor)
    model.graph.input.append(helper.make_tensor_value_info("x_scale", TensorProto.FLOAT, [1]))


def _per_channel_activation(model: onnx.ModelProto) -> None:
    _replace(model, "x_scale", np.full(8, 0.1, np.float32))
    _replace(model, "x_zero_point", np.zeros(8, np.int8))


def _scales_along_inputs(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        if node.input[0] == "conv.weight_quantized":
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("axis", 1))


def _no_last_dequantize(model: onnx.ModelProto) -> None:
    model.graph.node.remove(next(n for n in model.graph.node if "y" in n.output))


def _float_output(model: onnx.ModelProto) -> None:
    for node in [n for n in model.graph.node if n.name.startswith("y_")]:
        model.graph.node.remove(node)
    _node(model, "Conv").output[0] = "y"


def _float_input(model: onnx.ModelProto) -> None:
    _node(model, "Conv").input[0] = "x"


def _int4(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 21
    weight = _tensor(model, "conv.weight_quantized")
    model.graph.initializer.remove(weight)
    packed = helper.make_tensor(weight.name, TensorProto.INT4, list(weight.dims), [1] * 576)
    model.graph.initializer.append(packed)


def _wrong_bias(model: onnx.ModelProto) -> None:
    _replace(model, "conv.bias_quantized", np.zeros(7, np.int32))
    _replace(model, "conv.bias_quantized_scale", np.ones(7, np.float32))
    _replace(model, "conv.bias_quantized_zero_point", np.zeros(7, np.int32))


def _output_shape(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = 5


CASES: dict[str, tuple[Edit, str]] = {
    "group": (_attribute("group", 2), r"node 'conv' \(Conv\): 2 groups for 8 input channels"),
    "kernel": (_attribute("kernel_shape", [5, 3]), "attribute kernel_shape = \\[5, 3\\]"),
    "strides": (_attribute("strides", [0, 1]), "none may be below 1"),
    "three strides": (_attribute("strides", [1, 1, 1]), "attribute strides must be 2 integers"),
    "negative pads": (_attribute("pads", [-1, 0, 0, 0]), "none may be below 0"),
    "huge pads": (_attribute("pads", [1 << 40, 0, 0, 0]), "far too large"),
    "auto_pad": (_attribute("auto_pad", "SAME"), "auto_pad = 'SAME': supported: NOTSET, VALID"),
    "auto_pad twice": (_attribute("auto_pad", "SAME_UPPER"), "both auto_pad = SAME_UPPER and pads"),
    "window": (_attribute("dilations", [9, 9]), "does not fit an image of \\[8, 8\\]"),
    "batch": (_input_dimension(0, 4), "input 'x': batch 4: only batch 1"),
    "dynamic": (_input_dimension(2, "height"), "dimension 2 is dynamic \\(named 'height'\\)"),
    "channels": (_input_dimension(1, 9), "do not fit 9 input channels in 1 groups"),
    "weight zero-point": (_weight_zero_points, "quantise the weights symmetrically"),
    "zero scale": (_scale(0.0), "x_QuantizeLinear.*positive and finite"),
    "NaN scale": (_scale(float("nan")), "positive and finite"),
    "infinite scale": (_scale(float("inf")), "positive and finite"),
    "accumulator": (
        _huge_bias,
        r"the accumulator of output channel \d can reach \d+, beyond 2\^31",
    ),
    "disconnected": (_disconnect, r"node 'conv' \(Conv\): input 'nowhere' is not connected"),
    "duplicate node": (_duplicate_node, "another node has the same name"),
    "duplicate tensor": (_duplicate_tensor, "is defined twice"),
    "duplicate initialiser": (_duplicate_initialiser, "two initialisers are called"),
    "order": (_reversed, "is used before it is computed"),
    "operator": (_einsum, r"node 'squash' \(Einsum\): operator Einsum is not supported"),
    "old opset": (_opset(12), "opset 12 is not supported: convert the model to opset 13 to 21"),
    "new opset": (_opset(23), "opset 23 is not supported"),
    "subgraph": (_subgraph, "control flow with subgraphs"),
    "dynamic scale": (_dynamic_scale, "its scale is not a constant"),
    "per-channel input": (_per_channel_activation, "an activation has one scale for each channel"),
    "scales along inputs": (_scales_along_inputs, "only between output channels \\(axis 0\\)"),
    "no output": (_no_last_dequantize, "output 'y' is computed by no node"),
    "float output": (_float_output, "output 'y' is float and nothing quantises it"),
    "float input": (_float_input, "it reads the float input 'x' unquantised"),
    "int4": (_int4, "tensor 'conv.weight_quantized': element type INT4 is not supported"),
    "bfloat16": (_initialiser_type("x_scale", TensorProto.BFLOAT16), "element type BFLOAT16"),
    "float16 input": (_input_type(TensorProto.FLOAT16), "element type TensorProto.FLOAT16"),
    "int64 input": (_input_type(TensorProto.INT64), "use float32, int8 or uint8"),
    "bias": (_wrong_bias, "its bias has shape \\[7\\]"),
    "output shape": (_output_shape, "is declared float32 \\[1, 8, 5, 8\\] but computed"),
    "attribute": (_attribute("colour", 1), "colour"),
    "attribute type": (_attribute("group", 1.5), "group"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str) -> None:
    edit, expected = CASES[case]
    model = small_model("conv")
    import_onnx(model)
    edit(model)
    with pytest.raises(NmcError, match=expected) as caught:
        import_onnx(serialise(model))
    assert "\n" not in str(caught.value)


def test_float_only() -> None:
    graph = GraphBuilder("plain", 0)
    y = graph.conv("conv", graph.input("x", (1, 3, 6, 6)), 4, Window.square(3))
    with pytest.raises(NmcError, match="float-only, it has no QuantizeLinear: quantise it first"):
        import_onnx(graph.model({"y": y}))


def test_computed_weights() -> None:
    graph = GraphBuilder("products", 0)
    x, w = graph.input("x", (1, 4)), graph.input("w", (1, 4))
    weight = graph.transpose("turn", w, (1, 0))
    model = quantise(graph, {"y": graph.node("Gemm", "product", [x, weight])})
    with pytest.raises(NmcError, match=r"'product' \(Gemm\): its weights are computed"):
        import_onnx(model)


def test_one_dimensional_convolution() -> None:
    graph = GraphBuilder("line", 0)
    x = graph.input("x", (1, 4, 9))
    weight = graph.constant("w", np.ones((2, 4, 3), np.float32))
    model = quantise(graph, {"y": graph.node("Conv", "conv", [x, weight])})
    with pytest.raises(NmcError, match="only two-dimensional images"):
        import_onnx(model)


def test_repeated_activation() -> None:
    graph = GraphBuilder("gate", 0)
    a, b = graph.input("a", (1, 4, 5, 5)), graph.input("b", (1, 4, 1, 1))
    imported = import_onnx(quantise(graph, {"y": graph.add("add", a, b)}))
    with pytest.raises(NmcError, match="only 8 elements or more in a row, and constants"):
        run_passes(imported, INTEGER)


def test_custom_domain() -> None:
    model = small_model("residual", quantisation=Quantisation(format="qoperator"))
    _node(model, "QLinearAdd").op_type = "QLinearWhere"
    with pytest.raises(NmcError, match=r"operator com.microsoft.QLinearWhere is not supported"):
        import_onnx(model)


def test_files(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("hello, this is not a model\n" * 20)
    with pytest.raises(NmcError, match="cannot be read: No such file"):
        import_onnx(tmp_path / "missing.onnx")
    with pytest.raises(NmcError, match="cannot be read"):
        import_onnx(tmp_path)
    with pytest.raises(NmcError, match="the file is empty"):
        import_onnx(tmp_path / "empty.onnx")
    with pytest.raises(NmcError, match=r"text.onnx: "):
        import_onnx(str(tmp_path / "text.onnx"))


def test_external_data(tmp_path: Path) -> None:
    model = conv_model(ConvSpec(16, 16))
    plain = str(import_onnx(model))
    external_data_helper.convert_model_to_external_data(model, location="data", size_threshold=64)
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    assert str(import_onnx(path)) == plain
    with pytest.raises(NmcError, match=r"external data of tensor .* is missing"):
        import_onnx(path.read_bytes())
    (tmp_path / "data").unlink()
    with pytest.raises(NmcError, match="external data cannot be loaded") as caught:
        import_onnx(path)
    assert "\n" not in str(caught.value)
