"""Cores that meet at the banks of L1: their accesses played cycle by cycle."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from nmc.backend.static_timing.accesses import Access
from nmc.targets import Target

# Spreads the accesses whose address is not known over the banks.
SPREAD = 0x9E3779B1


@dataclass
class Queue:
    """The accesses of a core in order: how many have been served, how late the next one is.

    halves: whether the first half of the next one has been served, which crosses a word's end.
    """

    core: int
    accesses: Sequence[Access]
    banks: int
    served: int = 0
    late: int = 0
    halves: bool = False

    @property
    def bank(self) -> int:
        """The bank that the next access asks for."""
        access = self.accesses[self.served]
        if access.address is None:
            return ((self.served * 8 + self.core) * SPREAD >> 16) % self.banks
        return (access.address // 4 + self.halves) % self.banks

    @property
    def crosses(self) -> bool:
        """Whether the next access has a second half to come."""
        access = self.accesses[self.served]
        if access.address is None or self.halves:
            return False
        return access.address % 4 + access.bytes > 4


def waits(accesses: Sequence[Sequence[Access]], target: Target) -> list[int]:
    """Cycles that each core waits for banks, of the accesses of all from a barrier to the next.

    Of those that want a bank in the same cycle the next in turn is served, the others ask again. An
    access that crosses the end of a word is two.
    """
    banks, cores = target.l1.banks, len(accesses)
    queues = [Queue(core, own, banks) for core, own in enumerate(accesses)]
    turn = [0] * banks
    waiting = [(int(queue.accesses[0].time), queue.core) for queue in queues if queue.accesses]
    heapq.heapify(waiting)
    while waiting:
        now, asking = waiting[0][0], dict[int, list[int]]()
        while waiting and waiting[0][0] == now:
            _, core = heapq.heappop(waiting)
            asking.setdefault(queues[core].bank, []).append(core)
        for bank, those in asking.items():
            first = min(those, key=lambda core: (core - turn[bank]) % cores)
            if len(those) > 1:
                turn[bank] = (first + 1) % cores
            for core in those:
                following = _served(queues[core], now, target) if core == first else now + 1
                if core != first:
                    queues[core].late += 1
                if following is not None:
                    heapq.heappush(waiting, (following, core))
    return [queue.late for queue in queues]


def _served(queue: Queue, now: int, target: Target) -> int | None:
    """When a core asks next whose access has been served now; None for its last one."""
    if queue.crosses:
        queue.halves = True
        queue.late += target.timing.misaligned
        return now + target.timing.misaligned
    queue.served, queue.halves = queue.served + 1, False
    if queue.served == len(queue.accesses):
        return None
    return max(int(queue.accesses[queue.served].time) + queue.late, now + 1)
