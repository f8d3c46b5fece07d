"""Operand fields of many instruction words at once."""

import numpy as np

from nmc.isa.fields import Field
from nmc.sim.jit import Ints


def extract(field: Field, words: Ints) -> Ints:
    """`Field.extract` for an array of words."""
    value = np.zeros(len(words), np.int64)
    for part in field.slices:
        value |= ((words >> part.lo) & part.ones) << part.shift
    if field.kind == "signed":
        value -= (value >> (field.bits - 1)) << field.bits
    return value + field.base
