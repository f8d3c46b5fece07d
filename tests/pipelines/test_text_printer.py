"""The quick printer writes what xDSL's does."""

import struct
from io import StringIO

import pytest
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    i1,
    i8,
    i32,
)
from xdsl.printer import Printer

import nmc
from nmc.models.small import small_model
from nmc.pipelines.context import make_context
from nmc.pipelines.loading import parse_module
from nmc.pipelines.printing import module_text
from nmc.pipelines.stages import Stage


def plain_text(module: ModuleOp) -> str:
    stream = StringIO()
    Printer(stream).print_op(module)
    return stream.getvalue() + "\n"


def test_every_stage_reads_as_xdsl_prints_it() -> None:
    seen: list[str] = []

    def compare(stage: Stage, module: ModuleOp) -> None:
        assert module_text(module) == plain_text(module), stage.name
        seen.append(stage.name)

    nmc.compile(small_model("conv-wide", "1:8"), reached=compare)
    assert (seen[0], seen[-1]) == ("imported", "flat")


@pytest.mark.parametrize("count", [1, 100, 101, 200])
@pytest.mark.parametrize("element", [i1, i8, i32])
@pytest.mark.parametrize("equal", [True, False])
def test_constants(count: int, element: IntegerType, equal: bool) -> None:
    values = [1] * count if equal else [index % 2 for index in range(count)]
    kind = TensorType(element, [count])
    module = ModuleOp([])
    module.attributes["value"] = DenseIntOrFPElementsAttr.from_list(kind, values)
    assert module_text(module) == plain_text(module)


def test_floats_that_compare_equal() -> None:
    zeros = ", ".join(["0.0", "-0.0"] * 60)
    text = f"builtin.module attributes {{v = dense<[{zeros}]> : tensor<120xf32>}} {{}}"
    module = parse_module(make_context(), text, "in.mlir")
    value = module.attributes["v"]
    assert isinstance(value, DenseIntOrFPElementsAttr)
    assert struct.pack("<f", -0.0) in value.data.data
    assert module_text(module) == plain_text(module)
