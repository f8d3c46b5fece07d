"""The order instructions of one straight run of code must keep.

Edges come from values, from machine registers (in allocated code), from memory, and from what would
cost a copy: a value that an instruction overwrites (a tied operand, or a loop's carried value
that gets its successor) is read by everyone else first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.backend.register_allocatable import HasRegisterConstraints
from xdsl.ir import Operation, SSAValue

from nmc.dialects.xnm import Requantise

from .addresses import Address, AddressMap
from .registers import SP, ZERO, number_of
from .timing import GATHERS, Effect, effect_of, issue_cycles, result_latency, state_latency


@dataclass
class Dependences:
    """Successors of each instruction by position, with latencies, and counts of predecessors."""

    successors: list[dict[int, int]]
    predecessors: list[int]

    def add(self, before: int, after: int, latency: int) -> None:
        """`after` starts at least `latency` cycles after `before` (0: only later)."""
        if before == after:
            return
        known = self.successors[before].get(after)
        if known is None:
            self.predecessors[after] += 1
        if known is None or known < latency:
            self.successors[before][after] = latency


@dataclass
class _Memory:
    stores: list[tuple[int, Address | None]] = field(
        default_factory=list[tuple[int, Address | None]]
    )
    loads: list[tuple[int, Address | None]] = field(
        default_factory=list[tuple[int, Address | None]]
    )
    ordered: int | None = None
    state: int | None = None


def find_dependences(ops: Sequence[Operation], carried: dict[SSAValue, SSAValue]) -> Dependences:
    """The dependences of a run of instructions without barriers.

    `carried` maps a loop's block argument to the value yielded for it, if this run is in the loop's
    own block.
    """
    result = Dependences([{} for _ in ops], [0] * len(ops))
    index = {op: position for position, op in enumerate(ops)}
    _value_edges(ops, index, result)
    _copy_edges(ops, index, carried, result)
    _register_edges(ops, result)
    _memory_edges(ops, result)
    return result


def _value_edges(
    ops: Sequence[Operation], index: dict[Operation, int], result: Dependences
) -> None:
    for position, op in enumerate(ops):
        for operand in op.operands:
            owner = operand.owner
            if isinstance(owner, Operation) and owner in index:
                number = owner.results.index(operand) if len(owner.results) > 1 else 0
                late = isinstance(op, Requantise) and operand is op.rd_in
                latency = issue_cycles(owner) if late else result_latency(owner, number)
                result.add(index[owner], position, latency)


def _copy_edges(
    ops: Sequence[Operation],
    index: dict[Operation, int],
    carried: dict[SSAValue, SSAValue],
    result: Dependences,
) -> None:
    for position, op in enumerate(ops):
        if not isinstance(op, HasRegisterConstraints):
            continue
        for old, _ in op.get_register_constraints().inouts:
            _readers_first(old, position, index, result)
    for argument, successor in carried.items():
        owner = successor.owner
        if isinstance(owner, Operation) and owner in index:
            _readers_first(argument, index[owner], index, result)


def _readers_first(
    value: SSAValue, position: int, index: dict[Operation, int], result: Dependences
) -> None:
    for use in value.uses:
        reader = index.get(use.operation)
        if reader is not None and reader < position:
            result.add(reader, position, 0)


def _register_edges(ops: Sequence[Operation], result: Dependences) -> None:
    written: dict[int, int] = {}
    read: dict[int, list[int]] = {}
    for position, op in enumerate(ops):
        for operand in op.operands:
            number = number_of(operand.type)
            if number is None or number in (ZERO, SP):
                continue
            if number in written:
                result.add(written[number], position, 0)
            read.setdefault(number, []).append(position)
        for value in op.results:
            number = number_of(value.type)
            if number is None or number == ZERO:
                continue
            for reader in read.pop(number, ()):
                result.add(reader, position, 0)
            if number in written:
                result.add(written[number], position, 0)
            written[number] = position


def _memory_edges(ops: Sequence[Operation], result: Dependences) -> None:
    memory = _Memory()
    addresses = AddressMap()
    for position, op in enumerate(ops):
        addresses.note(op)
        effect = effect_of(op)
        if effect is Effect.NONE:
            continue
        if memory.ordered is not None:
            result.add(memory.ordered, position, 0)
        if effect is Effect.ORDERED:
            for before, _ in (*memory.loads, *memory.stores):
                result.add(before, position, 0)
            if memory.state is not None:
                result.add(memory.state, position, 0)
            memory = _Memory(ordered=position)
            continue
        if effect is Effect.STATE:
            if memory.state is not None:
                latency = state_latency(ops[memory.state], op)
                result.add(memory.state, position, latency)
            memory.state = position
            if not isinstance(op, GATHERS):
                continue
        address = addresses.of_access(op)
        others = memory.stores
        if effect is Effect.STORE:
            others = [*memory.stores, *memory.loads]
            memory.stores.append((position, address))
        else:
            memory.loads.append((position, address))
        for before, other in others:
            if before != position and Address.may_overlap(address, other):
                result.add(before, position, 0)
