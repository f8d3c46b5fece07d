"""Comparing a run with the NumPy reference, bit by bit, and finding where they part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nmc.errors import NmcError
from nmc.pipelines.context import make_context
from nmc.pipelines.loading import parse_module
from nmc.pipelines.lowering import lower_module
from nmc.pipelines.stages import STAGES, file_name
from nmc.program.arrays import Tensors
from nmc.program.interpret import Interpretation, interpret_module
from nmc.program.result import Difference, Result
from nmc.program.tensors import AnyArray

if TYPE_CHECKING:
    from nmc.program.running import Machine

# Where every decision that changes bits has been made, and nothing else.
REFERENCE_STAGE = "sparse"


def reference(stages: Mapping[str, str], inputs: Tensors) -> Interpretation:
    """The reference's outputs and layers: the graph with its final weights, run in NumPy.

    stages: texts by file name. The graph is taken from the stage that has the final weights, or
    made from an earlier one; without either the first scheduled stage is interpreted. Raises
    `NmcError` when all stages are below those that can be interpreted.
    """
    ctx = make_context()
    graph = [stage for stage in STAGES if stage.level == "graph"]
    scheduled = [stage for stage in STAGES if stage.level == "scheduled"]
    for stage in (*reversed(graph), *scheduled):
        name = file_name(stage)
        if name in stages:
            module = parse_module(ctx, stages[name], name)
            if stage.level == "graph":
                lower_module(ctx, module, REFERENCE_STAGE)
            return interpret_module(module, inputs)
    raise NmcError(
        "there is no stage to check against: none that can be interpreted was kept; "
        f"compile from {file_name(scheduled[-1])} or before"
    )


def against_reference(expected: Interpretation, result: Result) -> Result:
    """`result` with `exact` set, and what differs in the first output that does.

    Raises `NmcError` where the reference lacks an output or has another shape: a comparison that
    did not take place is no success.
    """
    for name, got in result.integers.items():
        if name not in expected.outputs:
            raise NmcError(f"output '{name}' is not among the reference's; compile again")
        if found := compare("", expected.outputs[name], got):
            return replace(result, exact=False, difference=found)
    return replace(result, exact=True)


def check_program(
    stages: Mapping[str, str],
    machine: Machine,
    inputs: Tensors,
    result: Result,
) -> Result:
    """`result` with `exact` set, and the first layer that differs where one does.

    Raises `NmcError` where there is nothing to compare with.
    """
    expected = reference(stages, inputs)
    checked = against_reference(expected, result)
    if checked.exact:
        return checked
    by_layer = _first_layer(machine, inputs, expected.layers)
    return replace(checked, difference=by_layer or checked.difference)


def _first_layer(
    machine: Machine, inputs: Tensors, layers: Mapping[str, AnyArray]
) -> Difference | None:
    """The first layer, in the order they run, whose output in L2 is not the reference's."""
    for layer, data in machine.layer_outputs(inputs):
        if layer.name not in layers or not data:
            continue
        expected = layers[layer.name]
        got = np.frombuffer(data, expected.dtype)[: expected.size].reshape(expected.shape)
        if found := compare(layer.name, expected, got):
            return found
    return None


def compare(layer: str, expected: AnyArray, got: AnyArray) -> Difference | None:
    """How two arrays of integers differ; None where they are equal in shape and every value."""
    if expected.shape != got.shape:
        raise NmcError(f"layer '{layer}': shapes {expected.shape} and {got.shape} are compared")
    places = np.argwhere(expected != got)
    if not len(places):
        return None
    place = tuple(int(i) for i in places[0])
    return Difference(
        layer=layer,
        values=len(places),
        total=expected.size,
        place=place,
        expected=int(expected[place]),
        got=int(got[place]),
    )
