"""Which virtual registers may not share a machine register, and joining those that are copies.

Two registers interfere if one is written while the other is live, except by a copy from the
other (they then hold the same value). Registers written by one instruction interfere even if
nobody reads them.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import chain

from .linear import FIRST_VIRTUAL, Copy, LinearFunction
from .liveness import bits, mask_of, solve_liveness
from .slots import is_reload


class InterferenceGraph:
    """Neighbours as bit sets, with union-find over registers that were joined.

    `neighbours[r]` is meaningful for representatives (`find(r) == r`) and holds representatives
    (and machine registers 0..31) only.
    """

    def __init__(self, function: LinearFunction):
        self.function = function
        self.parent = list(range(function.count))
        self.neighbours = [0] * function.count
        self.cost = [0.0] * function.count
        """Weighted reads and writes by instructions, copies left out."""
        self.copies: list[Copy] = []
        self.joined: dict[int, list[int]] = {}
        """Positions in `copies` of those that were coalesced, by representative."""
        solve_liveness(function)
        self._collect()

    def find(self, register: int) -> int:
        """The representative of `register`."""
        parent = self.parent
        while parent[register] != register:
            parent[register] = parent[parent[register]]
            register = parent[register]
        return register

    def representatives(self) -> list[int]:
        """Every representative of virtual registers."""
        parent = self.parent
        return [r for r in range(FIRST_VIRTUAL, len(parent)) if parent[r] == r]

    def _collect(self) -> None:
        neighbours, cost = self.neighbours, self.cost
        for block in self.function.blocks:
            live = block.live_out
            for node in reversed(block.nodes):
                defs = mask_of(node.defs)
                around = live | defs
                if node.copies:
                    self.copies.extend(node.copies)
                    for copy in node.copies:
                        source = 0 if copy.source is None else 1 << copy.source
                        neighbours[copy.target] |= around & ~source
                else:
                    for register in node.defs:
                        neighbours[register] |= around
                        cost[register] += node.weight
                    for register in node.uses:
                        cost[register] += node.weight
                live = (live & ~defs) | mask_of(node.uses)
        for register in range(len(neighbours)):
            bit = 1 << register
            mine = neighbours[register] & ~bit
            neighbours[register] = mine
            for other in bits(mine):
                neighbours[other] |= bit

    def coalesce(self, frozen: Container[int]) -> None:
        """Join the two sides of every copy that do not interfere, the hottest copies first.

        `frozen` holds the positions in `copies` that are to stay copies.
        """
        order = sorted(range(len(self.copies)), key=lambda i: (-self.copies[i].weight, i))
        for index in order:
            copy = self.copies[index]
            # A reload stays apart from what it feeds, so that it never has to be spilled itself.
            if index in frozen or copy.source is None or is_reload(copy.value):
                continue
            target, source = self.find(copy.target), self.find(copy.source)
            # Copies from and to machine registers are left to the colouring's preferences.
            if target == source or target < FIRST_VIRTUAL or source < FIRST_VIRTUAL:
                continue
            if self.neighbours[target] >> source & 1:
                continue
            self._join(target, source)
            self.joined.setdefault(target, []).extend(chain([index], self.joined.pop(source, ())))

    def _join(self, keep: int, gone: int) -> None:
        neighbours = self.neighbours
        self.parent[gone] = keep
        self.cost[keep] += self.cost[gone]
        keep_bit, gone_bit = 1 << keep, 1 << gone
        for other in bits(neighbours[gone]):
            neighbours[other] = (neighbours[other] & ~gone_bit) | keep_bit
        neighbours[keep] |= neighbours[gone]
        neighbours[gone] = 0

    def open_copies(self) -> list[tuple[int, int, float]]:
        """(representative, representative or machine register, weight) of copies not joined."""
        found: list[tuple[int, int, float]] = []
        for copy in self.copies:
            if copy.source is None:
                continue
            target, source = self.find(copy.target), self.find(copy.source)
            if target != source:
                found.append((target, source, copy.weight))
        return found
