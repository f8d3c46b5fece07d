"""Arbitration of the scratchpad: in each cycle each bank serves one access."""

from collections.abc import Sequence

from nmc.sim.oracle.core import Core
from nmc.sim.oracle.dma_channel import Channel


class Banks:
    """The arbiter."""

    def __init__(self, count: int, cores: Sequence[Core], channels: Sequence[Channel]):
        """`channels`: into L1, out of L1."""
        self.cores = cores
        self.channels = channels
        self.served = [0] * count
        """Accesses each bank has served."""
        self.first = [0] * count
        """For each bank the number of the core that is first in turn."""
        self.conflicts = [0] * count
        """Cycles in which cores had to wait for each bank."""

    def arbitrate(self, now: int) -> None:
        """Serves those that ask in this cycle; the others ask again in the next one."""
        asking: dict[int, list[Core]] = {}
        for core in self.cores:
            if core.time == now and core.asking is not None:
                asking.setdefault(core.asking, []).append(core)
        given = self.serve_dma(now, asking)
        for bank, cores in asking.items():
            winner = None if bank in given else self.winner(bank, cores)
            for core in cores:
                if core is winner:
                    core.asking = None
                    next(core.life)
                else:
                    core.stalls["bank"] += 1
                    self.conflicts[bank] += 1
                    core.time += 1
        for bank in given | asking.keys():
            self.served[bank] += 1

    def serve_dma(self, now: int, asking: dict[int, list[Core]]) -> set[int]:
        """The banks that serve a DMA word in this cycle.

        The channel into L1 is first in even cycles. Where cores ask as well, the DMA is served if
        the bank has served an odd number of accesses.
        """
        given: set[int] = set()
        into, out = self.channels
        for channel in (into, out) if now % 2 == 0 else (out, into):
            if channel.time != now or not channel.has_port(now):
                continue
            for bank in list(channel.words):
                if bank not in given and (bank not in asking or self.served[bank] % 2 == 1):
                    channel.move(bank)
                    given.add(bank)
            if channel.words:
                channel.time = now + 1
            else:
                next(channel.life)
        return given

    def winner(self, bank: int, cores: Sequence[Core]) -> Core:
        """Who of the cores that ask, in order of their numbers, is served: they take turns."""
        if len(cores) == 1:
            return cores[0]
        behind = [core for core in cores if core.number >= self.first[bank]]
        winner = behind[0] if behind else cores[0]
        self.first[bank] = winner.number + 1
        return winner
