"""Optimistic graph colouring (Briggs): a machine register for every joined virtual register."""

from __future__ import annotations

from dataclasses import dataclass

from .interference import InterferenceGraph
from .linear import FIRST_VIRTUAL
from .liveness import bits
from .registers import ALLOCATABLE_MASK, PREFERENCE

NEVER = float("inf")
"""Spill cost of a register that must not be spilled."""

_MACHINE = (1 << FIRST_VIRTUAL) - 1


@dataclass
class Colouring:
    """The registers found, and the representatives none was found for."""

    colour: dict[int, int]
    failed: list[int]


def colour_graph(graph: InterferenceGraph, cost: list[float]) -> Colouring:
    """Colour the graph with the allocatable registers.

    `cost` is what spilling a representative costs; where every remaining register has too many
    neighbours, the one with the least cost per neighbour is tried last.
    """
    available = len(PREFERENCE)
    nodes = graph.representatives()
    neighbours = graph.neighbours
    remaining = 0
    for node in nodes:
        remaining |= 1 << node
    forbidden = {node: neighbours[node] & _MACHINE & ALLOCATABLE_MASK for node in nodes}
    degree = {
        node: (neighbours[node] & remaining).bit_count() + forbidden[node].bit_count()
        for node in nodes
    }
    easy = [node for node in nodes if degree[node] < available]
    hard = {node for node in nodes if degree[node] >= available}
    stack: list[int] = []

    def remove(node: int) -> None:
        nonlocal remaining
        remaining &= ~(1 << node)
        stack.append(node)
        for other in bits(neighbours[node] & remaining):
            degree[other] -= 1
            if degree[other] == available - 1 and other in hard:
                hard.remove(other)
                easy.append(other)

    while easy or hard:
        while easy:
            remove(easy.pop())
        if hard:
            candidate = min(hard, key=lambda node: (cost[node] / degree[node], node))
            hard.remove(candidate)
            remove(candidate)

    return _select(graph, stack, forbidden)


def _select(graph: InterferenceGraph, stack: list[int], forbidden: dict[int, int]) -> Colouring:
    """Give out colours in reverse order of removal, preferring those that save a copy."""
    partners: dict[int, list[tuple[float, int]]] = {}
    for target, source, weight in graph.open_copies():
        partners.setdefault(target, []).append((weight, source))
        partners.setdefault(source, []).append((weight, target))
    wanted_elsewhere: dict[int, int] = {}
    for node, others in partners.items():
        for _, other in others:
            if other < FIRST_VIRTUAL:
                wanted_elsewhere[node] = wanted_elsewhere.get(node, 0) | 1 << other

    result = Colouring({}, [])
    colour = result.colour
    for node in reversed(stack):
        taken = forbidden[node]
        reserved = 0
        for other in bits(graph.neighbours[node] & ~_MACHINE):
            if other in colour:
                taken |= 1 << colour[other]
            else:
                # A neighbour still to come may want its argument register.
                reserved |= wanted_elsewhere.get(other, 0)
        free = ALLOCATABLE_MASK & ~taken
        if not free:
            result.failed.append(node)
            continue
        colour[node] = _choose(node, free, free & ~reserved, partners, colour)
    return result


def _choose(
    node: int,
    free: int,
    unreserved: int,
    partners: dict[int, list[tuple[float, int]]],
    colour: dict[int, int],
) -> int:
    votes: dict[int, float] = {}
    for weight, other in partners.get(node, ()):
        register = other if other < FIRST_VIRTUAL else colour.get(other)
        if register is not None and free >> register & 1:
            votes[register] = votes.get(register, 0.0) + weight
    if votes:
        return max(votes, key=lambda register: (votes[register], -register))
    candidates = unreserved or free
    return next(register for register in PREFERENCE if candidates >> register & 1)
