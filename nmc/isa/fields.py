"""Operand fields of an instruction word, parsed from the table's `fields` column.

The notation is `name[:kind]=hi:lo[@shift][,hi:lo@shift...]`: bits `hi:lo` of the word are the
value's bits `shift + hi - lo .. shift`. Without a kind the field is a register number; `rN+B` is
one stored in N bits as its distance from B (`r0+2` is always x2 and has no bits); `sN`/`uN` is a
signed/unsigned value of N bits. A value's low bits that no slice covers are zero, so values are
already scaled to bytes.
"""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Slice:
    """Bits `hi:lo` of the word hold the value's bits from `shift` up."""

    hi: int
    lo: int
    shift: int

    @cached_property
    def ones(self) -> int:
        """As many ones as the slice is wide, at bit 0."""
        return (1 << (self.hi - self.lo + 1)) - 1


@dataclass(frozen=True)
class Field:
    """One operand of an instruction: how its value is spread over the word."""

    name: str
    kind: str
    """`reg`, `signed` or `unsigned`."""
    bits: int
    """Width of the value, unstored low zero bits included (5 for a register, as a rule)."""
    slices: tuple[Slice, ...]
    base: int = 0
    """What is added to what is stored, of a register."""

    @property
    def is_register(self) -> bool:
        return self.kind == "reg"

    @cached_property
    def step(self) -> int:
        """Values are multiples of this."""
        return 1 << min((s.shift for s in self.slices), default=0)

    @cached_property
    def low(self) -> int:
        """The least value the field holds."""
        return -(1 << (self.bits - 1)) if self.kind == "signed" else self.base

    @cached_property
    def high(self) -> int:
        """The greatest value the field holds."""
        top = 1 << (self.bits - 1 if self.kind == "signed" else self.bits)
        return self.base + top - self.step

    @cached_property
    def word_mask(self) -> int:
        """The bits of the word the field occupies."""
        return sum(s.ones << s.lo for s in self.slices)

    def accepts(self, value: int) -> bool:
        """Whether `value` is in range and a multiple of the step."""
        return self.low <= value <= self.high and value % self.step == 0

    def insert(self, value: int) -> int:
        """The word bits that hold `value`, which `accepts` must have allowed."""
        word = 0
        for s in self.slices:
            word |= (((value - self.base) >> s.shift) & s.ones) << s.lo
        return word

    def extract(self, word: int) -> int:
        """The value held by `word`."""
        value = 0
        for s in self.slices:
            value |= ((word >> s.lo) & s.ones) << s.shift
        if self.kind == "signed" and value >> (self.bits - 1):
            value -= 1 << self.bits
        return value + self.base


def parse_fields(text: str) -> tuple[Field, ...]:
    """The fields of one table row, in the column's order."""
    return tuple(_parse_field(part) for part in text.split(";") if part)


def _parse_field(text: str) -> Field:
    head, _, ranges = text.partition("=")
    name, _, kind = head.partition(":")
    slices = tuple(_parse_slice(part) for part in ranges.split(",") if part)
    if not kind:
        return Field(name, "reg", 5, slices)
    if kind[0] == "r":
        bits, _, base = kind[1:].partition("+")
        return Field(name, "reg", int(bits), slices, int(base))
    return Field(name, {"s": "signed", "u": "unsigned"}[kind[0]], int(kind[1:]), slices)


def _parse_slice(text: str) -> Slice:
    span, _, shift = text.partition("@")
    hi, _, lo = span.partition(":")
    return Slice(int(hi), int(lo), int(shift or "0"))
