"""The data of a program: constants of every memory, and the buffers a plan has placed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, ModuleOp, StringAttr
from xdsl.ir import Attribute

from nmc.backend.asm.boot import Stacks
from nmc.backend.asm.expressions import Expression
from nmc.backend.asm.image import base_symbol
from nmc.backend.asm.statements import (
    Align,
    Assign,
    Data,
    Label,
    Section,
    Statement,
    Statements,
    SymbolSize,
    SymbolType,
    Zero,
)
from nmc.backend.asm.symbol_names import SymbolNames
from nmc.dialects.cluster import DataOp, Space
from nmc.errors import NmcError
from nmc.targets import Target

Interval = tuple[int, int]
"""First address, and the one behind the last."""

DATA_ALIGNMENT = 16
_DATA_SECTIONS = {Space.L2: ".data.l2", Space.L3: ".l3"}


@dataclass(frozen=True)
class Buffer:
    """An entry of the module's `nmc.buffers`: memory a plan has given the program."""

    name: str
    space: str
    address: int
    bytes: int

    @property
    def end(self) -> int:
        return self.address + self.bytes


def memory_sections(
    module: ModuleOp, target: Target, stacks: Stacks, names: SymbolNames
) -> Statements:
    """`.data.l2` and `.l3` of `cluster.data`, `.bss.l2` and `.bss.l1` of the planned buffers.

    Where data and buffers of L2 alternate, there are several sections of each kind, numbered.
    NmcError if two pieces of data overlap.
    """
    data = [op for op in module.ops if isinstance(op, DataOp)]
    # What holds data is no buffer: the data may fill only the start of what was planned for it.
    names_of_data = {op.sym_name.data for op in data}
    placed = {op.address.value.data for op in data if op.address}
    buffers = [
        buffer
        for buffer in module_buffers(module)
        if buffer.name not in names_of_data and buffer.address not in placed
    ]
    in_l2 = [(b.address, b.end) for b in buffers if b.space == "l2"]
    program = Statements()
    for space, section in _DATA_SECTIONS.items():
        chosen = [op for op in data if op.space.data is space]
        program.add(*_data_sections(section, chosen, in_l2 if space is Space.L2 else [], names))
    walls = [_interval(op) for op in data if op.space.data is Space.L2 and op.address]
    for number, run in enumerate(_runs(in_l2, walls)):
        program.add(*_reserved(_numbered(".bss.l2", number), run[0][0], max(end for _, end in run)))
    if buffers:
        program.add(*_reserved(".bss.l1", target.l1.base, stacks.top))
    for buffer in buffers:
        if buffer.space != "l3":
            symbol = names.symbol(buffer.name)
            program.add(Assign(symbol, buffer.address), SymbolType(symbol, "object"))
            program.add(SymbolSize(symbol, buffer.bytes))
    return program


def _runs(intervals: Sequence[Interval], walls: Sequence[Interval]) -> list[list[Interval]]:
    """The intervals in order of address, split where one of `walls` begins between two of them."""
    starts = sorted(start for start, _ in walls)
    runs: list[list[Interval]] = []
    for interval in sorted(intervals):
        begin = runs[-1][0][0] if runs else 0
        crossed = bisect_left(starts, interval[0]) - bisect_left(starts, begin)
        if runs and not crossed:
            runs[-1].append(interval)
        else:
            runs.append([interval])
    return runs


def _numbered(section: str, number: int) -> str:
    return f"{section}.{number}" if number else section


def _reserved(name: str, begin: int, end: int) -> Iterator[Statement]:
    """A section without bytes from `begin` to `end`."""
    yield Assign(base_symbol(name), begin)
    yield Section(name, "aw", nobits=True)
    yield Zero(end - begin)


def module_buffers(module: ModuleOp) -> list[Buffer]:
    """The module's `nmc.buffers`, empty before `plan-memory`."""
    attribute = module.attributes.get("nmc.buffers")
    entries: Iterable[Attribute] = ()
    if isinstance(attribute, ArrayAttr):
        entries = cast(ArrayAttr[Attribute], attribute).data
    return [_buffer(entry) for entry in entries if isinstance(entry, DictionaryAttr)]


def _buffer(entry: DictionaryAttr) -> Buffer:
    texts = [entry.data.get(key) for key in ("name", "space")]
    numbers = [entry.data.get(key) for key in ("address", "bytes")]
    words = [text.data for text in texts if isinstance(text, StringAttr)]
    values = [number.value.data for number in numbers if isinstance(number, IntegerAttr)]
    if len(words) != 2 or len(values) != 2:
        raise NmcError(f"module attribute 'nmc.buffers': {entry} lacks name, space, address, bytes")
    return Buffer(words[0], words[1], values[0], values[1])


def _data_sections(
    section: str, data: list[DataOp], walls: Sequence[Interval], names: SymbolNames
) -> Iterator[Statement]:
    """Planned data at its addresses, gaps filled; then data no plan has given an address."""
    planned: dict[Interval, DataOp] = {}
    for op in data:
        if op.address and planned.setdefault(_interval(op), op) is not op:
            raise _overlap(op)
    runs = _runs(list(planned), walls)
    for number, run in enumerate(runs):
        position = run[0][0]
        yield Assign(base_symbol(_numbered(section, number)), position)
        yield Section(_numbered(section, number), "aw")
        for begin, end in run:
            op = planned[begin, end]
            if begin < position:
                raise _overlap(op)
            if begin > position:
                yield Zero(begin - position)
            yield from _datum(op, names)
            position = end
    unplanned = [op for op in data if not op.address]
    if unplanned:
        yield Section(_numbered(section, len(runs)), "aw")
    for op in unplanned:
        yield Align(DATA_ALIGNMENT)
        yield from _datum(op, names)


def _overlap(op: DataOp) -> NmcError:
    return NmcError(f"data @{op.sym_name.data} at {_interval(op)[0]:#x} overlaps other data")


def _datum(op: DataOp, names: SymbolNames) -> Iterator[Statement]:
    symbol = names.symbol(op.sym_name.data)
    yield SymbolType(symbol, "object")
    yield Label(symbol)
    yield Data(op.contents.tobytes())
    yield SymbolSize(symbol, Expression(".", symbol))


def _interval(op: DataOp) -> Interval:
    """First address of planned data and the one behind its last."""
    address = op.address.value.data if op.address else 0
    return address, address + op.size
