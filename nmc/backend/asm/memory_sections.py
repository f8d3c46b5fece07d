"""The data of a program: constants of every memory, and the buffers a plan has placed."""

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

    NmcError if two pieces of data overlap.
    """
    data = [op for op in module.ops if isinstance(op, DataOp)]
    program = Statements()
    for space, section in _DATA_SECTIONS.items():
        program.add(*_data_section(section, [op for op in data if op.space.data is space], names))
    placed = {op.sym_name.data for op in data}
    buffers = [buffer for buffer in module_buffers(module) if buffer.name not in placed]
    program.add(*_l2_section(buffers, [op for op in data if op.space.data is Space.L2]))
    if buffers:
        bss = Section(".bss.l1", "aw", nobits=True)
        program.add(Assign(base_symbol(bss.name), target.l1.base), bss)
        program.add(Zero(stacks.top - target.l1.base))
    for buffer in buffers:
        if buffer.space != "l3":
            symbol = names.symbol(buffer.name)
            program.add(Assign(symbol, buffer.address), SymbolType(symbol, "object"))
            program.add(SymbolSize(symbol, buffer.bytes))
    return program


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


def _data_section(section: str, data: list[DataOp], names: SymbolNames) -> Iterator[Statement]:
    """Planned data in order of address, gaps filled; data without an address behind it."""
    if not data:
        return
    planned = sorted((op for op in data if op.address), key=_address)
    position = _address(planned[0]) if planned else 0
    if planned:
        yield Assign(base_symbol(section), position)
    yield Section(section, "aw")
    for op in planned:
        if _address(op) < position:
            raise NmcError(f"data @{op.sym_name.data} at {_address(op):#x} overlaps other data")
        if _address(op) > position:
            yield Zero(_address(op) - position)
        yield from _datum(op, names)
        position = _address(op) + op.size
    for op in data:
        if not op.address:
            yield Align(DATA_ALIGNMENT)
            yield from _datum(op, names)


def _datum(op: DataOp, names: SymbolNames) -> Iterator[Statement]:
    symbol = names.symbol(op.sym_name.data)
    yield SymbolType(symbol, "object")
    yield Label(symbol)
    yield Data(op.contents.tobytes())
    yield SymbolSize(symbol, Expression(".", symbol))


def _address(op: DataOp) -> int:
    return op.address.value.data if op.address else 0


def _l2_section(buffers: Sequence[Buffer], data: Sequence[DataOp]) -> Iterator[Statement]:
    """One section over the L2 buffers, or several where data lies between them."""
    walls = sorted(_address(op) for op in data if op.address)
    runs: list[tuple[int, int]] = []
    for buffer in sorted((b for b in buffers if b.space == "l2"), key=lambda b: b.address):
        begin, end = runs[-1] if runs else (0, 0)
        if runs and not any(end <= wall < buffer.address for wall in walls):
            runs[-1] = (begin, max(end, buffer.end))
        else:
            runs.append((buffer.address, buffer.end))
    for number, (begin, end) in enumerate(runs):
        section = Section(f".bss.l2.{number}" if number else ".bss.l2", "aw", nobits=True)
        yield Assign(base_symbol(section.name), begin)
        yield section
        yield Zero(end - begin)
