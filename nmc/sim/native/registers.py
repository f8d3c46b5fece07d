"""The values of a core's registers in machine code: numbers, and the accumulators as one vector."""

from collections.abc import Iterable
from typing import Any

from llvmlite import ir

from nmc.sim import layout as at

I64 = ir.IntType(64)
LANES = 4
ACCUMULATORS = range(at.XA, at.XA + LANES)
VECTOR = ir.VectorType(I64, LANES)
_I32 = ir.IntType(32)


class Registers:
    """The values by place beside each other; x0 is 0."""

    def __init__(self, builder: Any, places: Iterable[int]):
        wanted = sorted(set(places))
        self.builder = builder
        self.plain = [place for place in wanted if place and place not in ACCUMULATORS]
        self.has_vector = any(place in ACCUMULATORS for place in wanted)
        self.values: list[Any] = []
        """Of `plain`, then the vector."""
        self.written: set[int] = set()
        """Which of them are not only read."""

    def __getitem__(self, place: int) -> Any:
        if place == 0:
            return ir.Constant(I64, 0)
        if place in ACCUMULATORS:
            return self.builder.extract_element(self.vector, _lane(place))
        return self.values[self.plain.index(place)]

    def __setitem__(self, place: int, value: Any) -> None:
        if place in ACCUMULATORS:
            self.vector = self.builder.insert_element(self.vector, value, _lane(place))
        else:
            self.values[self.plain.index(place)] = value
            self.written.add(self.plain.index(place))

    @property
    def vector(self) -> Any:
        """The accumulators."""
        return self.values[len(self.plain)]

    @vector.setter
    def vector(self, value: Any) -> None:
        self.values[len(self.plain)] = value
        self.written.add(len(self.plain))

    def places(self, first: Any) -> list[Any]:
        """Where they are kept, in the order of `values`; `first` points to x0."""
        found = [self.builder.gep(first, [ir.Constant(I64, place)]) for place in self.plain]
        if self.has_vector:
            vector = self.builder.gep(first, [ir.Constant(I64, at.XA)])
            found.append(self.builder.bitcast(vector, VECTOR.as_pointer()))
        return found


def _lane(place: int) -> Any:
    return ir.Constant(_I32, place - at.XA)
