"""Running passes on a module and interpreting every stage on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Attribute
from xdsl.parser import Parser

from nmc.dialects.constants import dtype_of
from nmc.passes import get_all_passes
from nmc.pipelines.context import make_context
from nmc.pipelines.spec import parse_pipeline_text
from nmc.reference.graph_interpreter import interpret, main_function
from nmc.reference.schedule_interpreter import interpret_schedule

SCHEDULE = (
    "select-kernels,pack-weights,tile",
    "canonicalize",
    "parallelize",
    "double-buffer",
    "plan-memory",
    "stream-weights",
)


def run_passes(module: ModuleOp, text: str) -> None:
    """Run a pipeline on a module, verifying after each pass."""
    context = make_context()
    passes = get_all_passes()
    for spec in parse_pipeline_text(text):
        passes[spec.name]().from_spec(spec).apply(context, module)
        module.verify()


def reparsed(module: ModuleOp) -> ModuleOp:
    """The module printed and parsed again; the text must be the same afterwards."""
    text = str(module)
    again = Parser(make_context(), text).parse_module()
    again.verify()
    assert str(again) == text
    return again


def random_inputs(module: ModuleOp, seed: int = 0) -> list[np.ndarray[Any, Any]]:
    """Random arrays of the types of @main's arguments."""
    random = np.random.default_rng(seed)
    found: list[np.ndarray[Any, Any]] = []
    for arg in main_function(module).body.block.args:
        kind = cast(TensorType[Attribute], arg.type)
        dtype = dtype_of(kind.element_type)
        limits = np.iinfo(dtype)
        found.append(random.integers(limits.min, limits.max + 1, kind.get_shape()).astype(dtype))
    return found


def check(module: ModuleOp, stages: Sequence[str] = SCHEDULE) -> ModuleOp:
    """Lower stage by stage; each agrees with the graph level in every layer. The last stage."""
    inputs = random_inputs(module)
    wanted = interpret(module, inputs)
    for stage in stages:
        run_passes(module, stage)
        module = reparsed(module)
        found = interpret_schedule(module, inputs)
        for name, value in found.layers.items():
            assert value.dtype == wanted.layers[name].dtype, (stage, name)
            assert np.array_equal(value, wanted.layers[name]), (stage, name)
        assert found.outputs.keys() == wanted.outputs.keys()
        for name, value in found.outputs.items():
            assert np.array_equal(value, wanted.outputs[name]), (stage, name)
    return module
