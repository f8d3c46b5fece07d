"""The instruction caches: a private one of each core, one that all share."""

from __future__ import annotations

from nmc.targets import InstructionCache


class Lines:
    """Lines in sets, of which a full one gives up the line that was used longest ago."""

    def __init__(self, lines: int, ways: int):
        self.ways = ways
        self.sets = [list[int]() for _ in range(lines // ways)]

    def use(self, line: int) -> bool:
        """Whether a line is there; afterwards it is, as the one used last."""
        held = self.sets[line % len(self.sets)]
        found = line in held
        if found:
            if held[-1] != line:
                held.remove(line)
                held.append(line)
            return True
        if len(held) == self.ways:
            held.pop(0)
        held.append(line)
        return False


class SharedCache:
    """The shared level: a line that one core has asked for comes to the others when it is there."""

    def __init__(self, icache: InstructionCache):
        self.icache = icache
        self.lines = Lines(icache.shared.bytes // icache.line_bytes, icache.shared.ways)
        self.filled = dict[int, float]()
        self.served = set[tuple[int, int]]()

    def begin(self) -> None:
        """A new origin of time, at which nothing is on its way."""
        self.filled.clear()
        self.served.clear()

    def fetch(self, line: int, now: float) -> float:
        """When a line comes that is asked for now, and by nobody later before."""
        # A bank serves one of those that ask in the same cycle.
        bank = line % self.icache.shared.banks
        while (bank, int(now)) in self.served:
            now += 1
        self.served.add((bank, int(now)))
        if not self.lines.use(line):
            self.filled[line] = now + self.icache.miss
            return self.filled[line]
        return max(now + self.icache.shared_hit, self.filled.get(line, 0.0))


def private_cache(icache: InstructionCache) -> Lines:
    """The cache of one core."""
    return Lines(icache.private.bytes // icache.line_bytes, icache.private.ways)
