"""The graph-level passes on whole networks: every form of a model computes the same bits."""

from functools import cache
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp
from xdsl.transforms.canonicalize import CanonicalizePass

from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_value
from nmc.frontend import import_onnx
from nmc.models.small import small_model
from nmc.numerics.pruning import satisfies_nm
from nmc.passes.detect_nm import DetectNmPass
from nmc.passes.fold_qdq import FoldQdqPass
from nmc.passes.impose_nm import ImposeNmPass
from nmc.passes.nm_decode import NmDecodePass
from nmc.passes.sparse_weights import contractions
from nmc.passes.to_channels_last import ToChannelsLastPass
from nmc.reference.graph_interpreter import interpret, main_function
from nmc.reference.onnxruntime_compare import compare_with_onnxruntime
from tests.graph_ir import INTEGER, parse, random_inputs, run_passes

NETWORKS = (
    "conv-odd",
    "conv-uneven-pads",
    "conv-dilated",
    "conv-clip",
    "pointwise-stride",
    "depthwise-multiplier",
    "residual",
    "tiny-resnet",
    "max-pool",
    "average-pool",
    "global-pool",
    "concat",
    "pad",
    "gemm",
    "matmul",
    "transpose",
    "two-outputs",
)


@cache
def imported(name: str, sparsity: str = "dense") -> tuple[bytes, ModuleOp]:
    model = small_model(name, sparsity)
    return model.SerializeToString(), import_onnx(model)


def results(module: ModuleOp, seed: int = 0) -> dict[str, list[int]]:
    outputs = interpret(module, random_inputs(module, seed)).outputs
    return {name: array.reshape(-1).tolist() for name, array in outputs.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_pass_keeps_the_bits(name: str) -> None:
    _, module = imported(name)
    folded = run_passes(module, [FoldQdqPass()])
    want = results(folded)
    for passes in (
        [CanonicalizePass()],
        [ToChannelsLastPass()],
        [CanonicalizePass(), ToChannelsLastPass(), CanonicalizePass(), DetectNmPass()],
    ):
        assert results(run_passes(folded, passes)) == want


@pytest.mark.parametrize("name", NETWORKS)
def test_against_onnxruntime(name: str) -> None:
    """The integer stage end to end: within the contract, and where one layer rounds within 1."""
    data, module = imported(name)
    integer = run_passes(module, INTEGER)
    found = compare_with_onnxruntime(data, samples=6, least_outputs=3000, module=integer)
    assert found.problems() == []
    if sum(not layer.exact for layer in found.layers) == 1:
        assert max(end.worst for end in found.outputs) <= 1


def test_no_layer_name_occurs_twice() -> None:
    for name in NETWORKS:
        module = run_passes(imported(name)[1], INTEGER)
        layers = [op.layer_name for op in module.walk() if isinstance(op, qnn.LayerOp)]
        assert len(layers) == len(set(layers))


def test_transposes_remain_only_at_the_border() -> None:
    module = run_passes(imported("tiny-resnet")[1], INTEGER)
    kinds = [op.name for op in main_function(module).body.block.ops if isinstance(op, qnn.LayerOp)]
    assert kinds.count("qnn.transpose") == 1
    assert kinds[0] == "qnn.transpose"
    module = run_passes(imported("concat")[1], INTEGER)
    kinds = [op.name for op in main_function(module).body.block.ops if isinstance(op, qnn.LayerOp)]
    assert kinds.count("qnn.transpose") == 2


@pytest.mark.parametrize("pattern", ["1:4", "1:8"])
def test_detected_patterns_compute_the_dense_bits(pattern: str) -> None:
    dense = run_passes(imported("residual", pattern)[1], INTEGER)
    sparse = run_passes(dense, [DetectNmPass()])
    n, m = map(int, pattern.split(":"))
    encoded = [c for c in contractions(sparse) if nm.sparsity_of(c.weight.type) is not None]
    assert encoded
    for op in encoded:
        sparsity = nm.sparsity_of(op.weight.type)
        assert sparsity is not None
        assert sparsity.pattern == (n, m)
    assert results(sparse) == results(dense)
    again = run_passes(sparse, [NmDecodePass()])
    assert "nm.sparsity" not in str(again)
    assert results(again) == results(dense)


def test_detection_is_stable() -> None:
    sparse = run_passes(imported("residual", "1:4")[1], [*INTEGER, DetectNmPass()])
    assert str(run_passes(sparse, [DetectNmPass()])) == str(sparse)


def test_imposing_a_pattern_prunes_3x3_convolutions_but_the_first() -> None:
    dense = run_passes(imported("tiny-resnet")[1], INTEGER)
    pruned = run_passes(dense, [ImposeNmPass(n=1, m=4)])
    first = True
    for before, after in zip(contractions(dense), contractions(pruned), strict=True):
        old, new = constant_value(before.weight), constant_value(after.weight)
        assert old is not None
        assert new is not None
        spatial = isinstance(after, qnn.Conv2dOp) and after.geometry().kernel != (1, 1)
        if spatial and not first and old.shape[-1] >= 4:
            assert satisfies_nm(new, 1, 4, new.ndim - 1)
            assert nm.sparsity_of(after.weight.type) is not None
            assert np.array_equal(new[new != 0], old[new != 0])
        else:
            assert np.array_equal(old, new)
        first = False
    # Encoded or not, the pruned network has one meaning; and it is not the dense one's.
    assert results(pruned) == results(run_passes(pruned, [NmDecodePass()]))
    assert results(pruned) != results(dense)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-128, 127), st.sampled_from([(1, 4), (2, 4), (1, 8)]))
def test_imposing_keeps_the_bias_of_the_model(
    seed: int, zero: int, pattern: tuple[int, int]
) -> None:
    """With the input at its zero-point only the model's bias is left, whatever the weights."""
    rng = np.random.default_rng(seed)
    w = rng.integers(-127, 128, (2, 1, 2, 8), dtype=np.int8)
    bias = rng.integers(-100, 100, 2)
    folded = bias - zero * w.reshape(2, -1).sum(axis=1, dtype=np.int64)
    module = parse(f"""
      func.func @main(%x: tensor<1x1x2x8xi8>) -> tensor<1x1x1x2xi8> {{
        %w = arith.constant dense<"0x{w.tobytes().hex()}"> : tensor<2x1x2x8xi8>
        %b = arith.constant dense<{folded.tolist()}> : tensor<2xi32>
        %y = qnn.conv2d "c" %x, %w, %b requant <multiplier = [1], shift = 1, zero_point = 0,
             lo = -128, hi = 127, form = narrow> {{input_zero_point = {zero} : i64}}
           : (tensor<1x1x2x8xi8>, tensor<2x1x2x8xi8>, tensor<2xi32>) -> tensor<1x1x1x2xi8>
        func.return %y : tensor<1x1x1x2xi8>
      }}""")
    pruned = run_passes(module, [ImposeNmPass(n=pattern[0], m=pattern[1], first=True)])
    quiet = [np.full((1, 1, 2, 8), zero, np.int8)]
    want = interpret(module, quiet).outputs["out0"].tolist()
    assert interpret(pruned, quiet).outputs["out0"].tolist() == want
    assert want == [[[np.floor(bias / 2 + 0.5).astype(int).tolist()]]]


permutations = st.permutations([0, 1, 2, 3])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("transpose"), permutations),
            st.tuples(st.just("requantize"), st.integers(1, 3)),
            st.tuples(st.just("add"), st.booleans()),
            st.tuples(st.just("pad"), st.integers(0, 3)),
            st.tuples(st.just("concat"), st.integers(0, 3)),
            st.tuples(st.just("flatten"), st.booleans()),
        ),
        max_size=8,
    ),
    st.tuples(*[st.sampled_from([1, 1, 2, 3])] * 4),
)
def test_canonicalisation_of_random_chains(
    steps: list[tuple[str, object]], shape: tuple[int, int, int, int]
) -> None:
    """Transposes, reshapes and elementwise operations in any order keep their result."""
    lines: list[str] = []
    value, dims = "%x", list(shape)

    def type_of(dims: list[int]) -> str:
        return f"tensor<{'x'.join(map(str, dims))}xi8>"

    for i, (kind, argument) in enumerate(steps):
        old, before = type_of(dims), list(dims)
        if kind == "transpose":
            permutation = cast(list[int], argument)
            dims = [before[p] for p in permutation]
            text = f"{{permutation = array<i64: {', '.join(map(str, permutation))}>}} : {old}"
            lines.append(f'%{i} = qnn.transpose "{i}" {value} {text} -> {type_of(dims)}')
        elif kind == "requantize":
            lines.append(
                f'%{i} = qnn.requantize "{i}" {value} requant <multiplier = [{argument}], '
                f"shift = 1, zero_point = 3, lo = -100, hi = 90, form = narrow> : {old} -> {old}"
            )
        elif kind == "add":
            lines.append(
                f'%{i} = qnn.add "{i}" {value}, {value} {{lhs_multiplier = 1 : i64, '
                "rhs_multiplier = 2 : i64, shift = 2 : i64, lo = -128 : i64, hi = 127 : i64} : "
                f"({old}, {old}) -> {old}"
            )
        elif kind == "pad" and isinstance(argument, int):
            widths = ", ".join("1" if axis == argument else "0" for axis in range(4))
            dims[argument] += 2
            lines.append(
                f'%{i} = qnn.pad "{i}" {value} {{before = array<i64: {widths}>, '
                f"after = array<i64: {widths}>, value = 9 : i64}} : {old} -> {type_of(dims)}"
            )
        elif kind == "concat" and isinstance(argument, int):
            dims[argument] *= 2
            lines.append(
                f'%{i} = qnn.concat "{i}" {value}, {value} {{axis = {argument} : i64, '
                "input_zero_points = array<i64: 0, 0>, requants = [unit, unit]} : "
                f"({old}, {old}) -> {type_of(dims)}"
            )
        else:
            size = int(np.prod(dims))
            dims = [1, 1, 1, size] if argument else [size, 1, 1, 1]
            lines.append(f'%{i} = qnn.reshape "{i}" {value} : {old} -> {type_of(dims)}')
        value = f"%{i}"
    body = "\n".join(lines)
    module = parse(
        f"func.func @main(%x: {type_of(list(shape))}) -> {type_of(dims)} {{\n{body}\n"
        f"func.return {value} : {type_of(dims)}\n}}"
    )
    assert results(run_passes(module, [CanonicalizePass()])) == results(module)
