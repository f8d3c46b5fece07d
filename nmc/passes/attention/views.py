"""Tensors as parts of others: which element of another tensor each element is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """A tensor whose elements are those of `base` at `places`, in the tensor's own shape."""

    base: SSAValue
    places: Places


def part_of(value: SSAValue) -> Part:
    """A tensor as part of what reshapes, transposes, slices and repetitions made it of."""
    chain: list[Operation] = []
    owner = value.owner
    while True:
        if isinstance(owner, qnn.ReshapeOp | qnn.TransposeOp | qnn.SliceOp):
            value = owner.input
        elif isinstance(owner, qnn.ConcatOp) and repeats(owner):
            value = owner.inputs[0]
        else:
            break
        chain.append(owner)
        owner = value.owner
    shape = shape_of(value)
    places = np.arange(math.prod(shape)).reshape(shape)
    for op in reversed(chain):
        places = moved(op, places)
    return Part(value, places)


def repeats(op: qnn.ConcatOp) -> bool:
    """Whether a concatenation is of one tensor with itself."""
    unit = all(isinstance(requant, UnitAttr) for requant in op.requants)
    return unit and all(value is op.inputs[0] for value in op.inputs)


def moved(op: Operation, places: Places) -> Places:
    """What a reshape, transpose, slice or repetition makes of an array."""
    match op:
        case qnn.ReshapeOp():
            return places.reshape(shape_of(op.result))
        case qnn.TransposeOp():
            return places.transpose(op.permutation.get_values())
        case qnn.SliceOp():
            return places[op.index()]
        case qnn.ConcatOp():
            return np.concatenate([places] * len(op.inputs), op.axis.value.data)
        case _:
            raise TypeError(f"{op.name} does more than move elements")


def users_that_move(value: SSAValue) -> list[Operation]:
    """The reshapes and transposes behind a value, as long as each is all that reads the last."""
    found: list[Operation] = []
    while True:
        uses = list(value.uses)
        if len(uses) != 1 or not isinstance(uses[0].operation, qnn.ReshapeOp | qnn.TransposeOp):
            return found
        found.append(uses[0].operation)
        value = uses[0].operation.results[0]


def without_reshapes(value: SSAValue) -> SSAValue:
    """What a chain of reshapes that nothing else reads was made of."""
    while isinstance(value.owner, qnn.ReshapeOp) and value.has_one_use():
        value = value.owner.input
    return value
