"""List scheduling that keeps the given order wherever the machine would not wait.

Kernels come in a good order. The scheduler follows it and looks for another instruction only
when the next one would stall, preferring the earliest that does not; it takes none that
would leave more values live than there are registers.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from xdsl.ir import Operation, SSAValue

from .dependences import Dependences, find_dependences
from .pressure import count
from .registers import PREFERENCE, UNALLOCATED
from .timing import LOAD_LATENCY, issue_cycles

PRESSURE_LIMIT = len(PREFERENCE) - 1
"""Live values up to which instructions are moved up; one register stays for the allocator."""
WINDOW = 48
"""Ready instructions looked at for one that does not stall."""
LOOK_BACK = 12
"""Issued instructions looked at for one that could have come later."""


class _Pressure:
    """Live values while a run is being scheduled."""

    def __init__(self, ops: Sequence[Operation], live_out: set[SSAValue]):
        self.remaining: dict[SSAValue, int] = {}
        self.live_out = live_out
        defined = {result for op in ops for result in op.results}
        for op in ops:
            for operand in op.operands:
                self.remaining[operand] = self.remaining.get(operand, 0) + 1
        incoming = {value for value in self.remaining if value not in defined}
        self.live = count(incoming | (live_out - defined))

    def change(self, op: Operation) -> int:
        """How many more values are live after `op`."""
        ends = 0
        for operand in dict.fromkeys(op.operands):
            reads = sum(other is operand for other in op.operands)
            last = self.remaining[operand] == reads and operand not in self.live_out
            ends += last and operand.type == UNALLOCATED
        starts = sum(
            result.first_use is not None and result.type == UNALLOCATED for result in op.results
        )
        return starts - ends

    def issue(self, op: Operation) -> None:
        self.live += self.change(op)
        for operand in op.operands:
            self.remaining[operand] -= 1


def schedule_run(
    ops: Sequence[Operation], live_out: set[SSAValue], carried: dict[SSAValue, SSAValue]
) -> list[Operation]:
    """The instructions of a run without barriers in the order to issue them."""
    graph = find_dependences(ops, carried)
    pressure = _Pressure(ops, live_out)
    waiting = list(graph.predecessors)
    earliest = [0] * len(ops)
    ready = [position for position, number in enumerate(waiting) if number == 0]
    order: list[int] = []
    cycle = 0
    while ready:
        chosen = _choose(ops, ready, earliest, cycle, pressure)
        ready.remove(chosen)
        op = ops[chosen]
        cycle = max(cycle, earliest[chosen])
        order.append(chosen)
        pressure.issue(op)
        for successor, latency in graph.successors[chosen].items():
            earliest[successor] = max(earliest[successor], cycle + latency)
            waiting[successor] -= 1
            if waiting[successor] == 0:
                insort(ready, successor)
        cycle += issue_cycles(op)
    _delay_into_stalls(order, graph)
    return [ops[position] for position in order]


def _delay_into_stalls(order: list[int], graph: Dependences) -> None:
    """Where an instruction still waits for the load before it, put an earlier one in between.

    Only instructions that nothing up to the waiting one needs, and whose leaving does not bring
    another load and its user together.
    """
    for index in range(1, len(order)):
        if not _stalls(order[index - 1], order[index], graph):
            continue
        for early in range(index - 2, max(-1, index - LOOK_BACK), -1):
            needed = graph.successors[order[early]]
            passed = order[early + 1 : index]
            exposes = early > 0 and _stalls(order[early - 1], order[early + 1], graph)
            if exposes or needed.get(order[index], 0) > 1 or any(p in needed for p in passed):
                continue
            order.insert(index - 1, order.pop(early))
            break


def _stalls(first: int, second: int, graph: Dependences) -> bool:
    """Whether `second`, right after `first`, waits for what it loads."""
    return graph.successors[first].get(second, 0) >= LOAD_LATENCY


def _choose(
    ops: Sequence[Operation],
    ready: list[int],
    earliest: list[int],
    cycle: int,
    pressure: _Pressure,
) -> int:
    first = ready[0]
    if earliest[first] <= cycle:
        return first
    for position in ready[1:WINDOW]:
        if earliest[position] > cycle:
            continue
        more = pressure.change(ops[position])
        if more <= 0 or pressure.live + more <= PRESSURE_LIMIT:
            return position
    return first
