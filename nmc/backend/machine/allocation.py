"""Register allocation of one function: colour, else split, else spill, until it fits.

The order of measures on failure: copies that were joined into an uncolourable register at a
cooler place than its hottest one become copies again (a move outside the loop is cheaper than a
spill); then the registers that failed go to the stack, those whose uses weigh least first, because
colouring tries them last.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import riscv_func
from xdsl.ir import SSAValue

from nmc.errors import NmcError

from .assignment import assign_registers
from .colouring import NEVER, Colouring, colour_graph
from .interference import InterferenceGraph
from .linear import FIRST_VIRTUAL, LinearFunction
from .liveness import bits
from .slots import is_short_lived
from .spilling import is_rematerialisable, open_counted_loops, spill

MAX_ROUNDS = 60


@dataclass(frozen=True)
class AllocationReport:
    """What allocation did to a function."""

    rounds: int
    spilled: int
    """Registers sent to the stack or made again as constants."""
    registers: int
    """Machine registers in use."""


def allocate_function(function: riscv_func.FuncOp) -> AllocationReport:
    """Replace every `!riscv.reg` of a function by a machine register, inserting copies and spills.

    Raises DiagnosticException for code that cannot be allocated (too many arguments, registers
    named already), NmcError if spilling does not converge.
    """
    spilled = 0
    for round_number in range(1, MAX_ROUNDS + 1):
        linear = LinearFunction(function)
        graph, colouring, members = _colour_with_splits(linear)
        if not colouring.failed:
            colour = colouring.colour

            def machine(
                register: int,
                graph: InterferenceGraph = graph,
                colour: dict[int, int] = colour,
            ) -> int:
                return register if register < FIRST_VIRTUAL else colour[graph.find(register)]

            assign_registers(linear, machine)
            return AllocationReport(round_number, spilled, len(set(colour.values())))
        chosen = _choose_spills(graph, colouring, members)
        if not chosen:
            break
        everything = [value for register in chosen for value in members[register]]
        if open_counted_loops(everything):
            continue
        for register in chosen:
            spill(function, members[register])
        spilled += len(chosen)
    raise NmcError(
        f"function '{function.sym_name.data}' does not fit the registers even with spilling:"
        " split it into smaller functions"
    )


def _members(graph: InterferenceGraph) -> dict[int, list[SSAValue]]:
    members: dict[int, list[SSAValue]] = {}
    for value, register in graph.function.register_of.items():
        members.setdefault(graph.find(register), []).append(value)
    return members


def _spill_costs(graph: InterferenceGraph, members: dict[int, list[SSAValue]]) -> list[float]:
    cost = list(graph.cost)
    for target, source, weight in graph.open_copies():
        cost[target] += weight
        cost[source] += weight
    for register, values in members.items():
        if all(is_short_lived(value) for value in values):
            cost[register] = NEVER
        elif is_rematerialisable(values):
            cost[register] /= 2
    return cost


def _colour_with_splits(
    linear: LinearFunction,
) -> tuple[InterferenceGraph, Colouring, dict[int, list[SSAValue]]]:
    """Colour, undoing joins of the registers that failed as long as that is cheap."""
    frozen: set[int] = set()
    while True:
        graph = InterferenceGraph(linear)
        graph.coalesce(frozen)
        members = _members(graph)
        colouring = colour_graph(graph, _spill_costs(graph, members))
        more: set[int] = set()
        for register in colouring.failed:
            joined = graph.joined.get(register, [])
            hottest = max((graph.copies[index].weight for index in joined), default=0.0)
            more.update(index for index in joined if graph.copies[index].weight < hottest)
        if not colouring.failed or not more:
            return graph, colouring, members
        frozen |= more


def _choose_spills(
    graph: InterferenceGraph, colouring: Colouring, members: dict[int, list[SSAValue]]
) -> list[int]:
    """The registers to spill: each failed one, or a cheaper neighbour if it must not be."""
    cost = _spill_costs(graph, members)
    chosen: list[int] = []
    for register in colouring.failed:
        candidate = register
        if cost[register] == NEVER:
            around = [n for n in bits(graph.neighbours[register]) if n in members]
            candidate = min(around, key=lambda n: (cost[n], n), default=register)
        if cost[candidate] < NEVER and candidate not in chosen:
            chosen.append(candidate)
    return chosen
