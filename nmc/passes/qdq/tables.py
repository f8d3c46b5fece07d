"""Elementwise operators of one quantised tensor become a table, however many they are.

What lies between a quantise and the one integer tensor that all of it depends on is evaluated at
the 256 values the tensor can have: Gelu, its form with Erf, x * Sigmoid(x), Add and Mul with
numbers, ... Where the quantiser has put pairs inside, the parts are tables of their own first,
and the rest is looked up through them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from xdsl.dialects.builtin import FloatAttr, StringAttr
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects import qnn
from nmc.dialects.constants import Array, dtype_of
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.patterns.tables import table_of
from nmc.numerics.functions import ONE_INPUT, TWO_INPUTS, Floats
from nmc.numerics.lookup import ENTRIES, codes, lookup, quantise_entries
from nmc.passes.qdq.operands import (
    RefusalError,
    activation,
    as_activation,
    output_of,
    real_constant,
)
from nmc.passes.qdq.scalars import scalar, scaled
from nmc.passes.qdq.upwards import activation_bounds

BOUNDS = frozenset({"Relu", "Clip", "Identity"})
ELEMENTWISE = frozenset(ONE_INPUT) | frozenset(TWO_INPUTS) | BOUNDS


def elementwise(value: SSAValue) -> qnn.FloatOp | None:
    """The elementwise operator on real numbers that computes a value, or None."""
    owner = value.owner
    if isinstance(owner, qnn.FloatOp) and owner.op_type.data in ELEMENTWISE:
        return owner
    return None


class FoldTable(RewritePattern):
    """`quantize(f(dequantize(x)))` is a lookup, f being any elementwise operators."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = elementwise(op.input)
        if node is None or op.axis is not None or _is_simpler(op.input):
            return
        source = single_source(op.input)
        if source is None or shape_of(source) != shape_of(op.result):
            return
        output = output_of(op)
        dtype = dtype_of(output.element_type)
        with np.errstate(all="ignore"):
            values = _Evaluation(source).real(op.input)
        table = quantise_entries(values, output.scale, output.zero_point, output.bounds, dtype)
        rewriter.replace(op, qnn.LookupOp(source, layer=node.layer_name, table=table))


def _is_simpler(value: SSAValue) -> bool:
    """Whether a value only bounds and scales another: that is a requantisation, or nothing."""
    while (node := elementwise(value)) is not None:
        found = scaled(node)
        if found is not None:
            value = found[0]
        elif node.op_type.data in BOUNDS:
            value = node.inputs[0]
        else:
            return False
    return True


def single_source(value: SSAValue) -> SSAValue | None:
    """The integer tensor that alone decides a real value element by element, or None.

    The nearest one: tables and requantisations are looked through only where several of them
    meet.
    """
    found = set(_leaves(value))
    while len(found) > 1:
        owners = [leaf.owner for leaf in found if leaf is not None]
        inner = [o for o in owners if isinstance(o, qnn.LookupOp | qnn.RequantizeOp)]
        if len(owners) < len(found) or not inner:
            return None
        last = inner[0]
        for other in inner[1:]:
            last = other if last.is_before_in_block(other) else last
        found.remove(last.result)
        found.add(last.input)
    return found.pop() if found else None


def table_refusal(node: qnn.FloatOp) -> RefusalError:
    """Why an elementwise operator whose result is quantised does not become a table."""
    for operand in node.inputs:
        if not _fits(operand, node):
            return RefusalError(
                f"it repeats a tensor of shape {list(shape_of(operand))}; only numbers are repeated"
            )
    for operand in node.inputs:
        if real_constant(operand) is not None and scalar(operand) is None:
            return RefusalError("one of its inputs is a constant that is not one number")
        if None in set(_leaves(operand)) and elementwise(operand) is None:
            activation(operand)
    return RefusalError(
        "it combines several tensors; only what depends on one tensor element by element, and "
        "sums of two, are done"
    )


def _leaves(value: SSAValue) -> Iterator[SSAValue | None]:
    """The integer tensors a value is computed from; None for anything else that is no number."""
    if scalar(value) is not None:
        return
    node = elementwise(value)
    if node is not None and all(_fits(operand, node) for operand in node.inputs):
        for operand in node.inputs:
            yield from _leaves(operand)
        return
    x = as_activation(value)
    yield None if x is None or real_constant(value) is not None else x.value


def _fits(operand: SSAValue, node: qnn.FloatOp) -> bool:
    """Whether an operand is a number or has the result's shape: nothing else is broadcast."""
    return operand.type == node.result.type or scalar(operand) is not None


class _Evaluation:
    """Values as functions of `source`: arrays [256], an entry for each of its bytes."""

    def __init__(self, source: SSAValue) -> None:
        self._source = source

    def real(self, value: SSAValue) -> Floats:
        number = scalar(value)
        if number is not None:
            return np.full(ENTRIES, number)
        x = as_activation(value)
        if x is not None:
            return (self._integers(x.value).astype(np.float64) - x.zero_point) * x.scale
        node = elementwise(value)
        assert node is not None, "every leaf is a number or a dequantised tensor"
        return _apply(node, [self.real(operand) for operand in node.inputs])

    def _integers(self, value: SSAValue) -> Array:
        if value == self._source:
            return codes(dtype_of(tensor_type(value).element_type))
        owner = value.owner
        assert isinstance(owner, qnn.LookupOp | qnn.RequantizeOp), "the source is behind tables"
        inputs = self._integers(owner.input)
        dtype = dtype_of(tensor_type(owner.input).element_type)
        return lookup(table_of(owner), inputs.astype(dtype))


def _apply(node: qnn.FloatOp, operands: Sequence[Floats]) -> Floats:
    """An elementwise operator on float64."""
    kind = node.op_type.data
    if kind in TWO_INPUTS:
        return TWO_INPUTS[kind](operands[0], operands[1])
    if kind in BOUNDS:
        low, high = activation_bounds(node) or (None, None)
        return np.minimum(
            np.maximum(operands[0], -np.inf if low is None else low),
            np.inf if high is None else high,
        )
    function = ONE_INPUT[kind]
    given: dict[str, float | str] = {
        **function.numbers,
        **{name: choices[0] for name, choices in function.choices.items()},
    }
    for name, attribute in node.params.data.items():
        if isinstance(attribute, FloatAttr):
            given[name] = attribute.value.data
        elif isinstance(attribute, StringAttr):
            given[name] = attribute.data
    return function.evaluate(operands[0], given)
