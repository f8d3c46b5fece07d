"""The two levels of instruction cache.

Each set is a list of lines with the one used last at its end.
"""

from dataclasses import dataclass

from nmc.sim.oracle.memory import Port
from nmc.targets.description import InstructionCache


class PrivateCache:
    """One core's own level. A hit costs nothing."""

    def __init__(self, description: InstructionCache):
        level = description.private
        self.ways = level.ways
        count = level.bytes // (description.line_bytes * level.ways)
        self.sets: list[list[int]] = [[] for _ in range(count)]

    def hit(self, line: int) -> bool:
        """Whether the line is here; it is then the last used one of its set."""
        lines = self.sets[line % len(self.sets)]
        if line not in lines:
            return False
        lines.remove(line)
        lines.append(line)
        return True

    def fill(self, line: int) -> None:
        """Takes the line in, in place of the one longest unused if its set is full."""
        lines = self.sets[line % len(self.sets)]
        if len(lines) == self.ways:
            del lines[0]
        lines.append(line)


LINE_BEATS = 2
"""Cycles of L2's port that a line takes."""


@dataclass
class SharedLine:
    """A line, and when it has come, or will come, from L2."""

    number: int
    filled: int


class SharedCache:
    """The level all cores share."""

    def __init__(self, description: InstructionCache, port: Port):
        level = description.shared
        self.description = description
        self.ways = level.ways
        self.port = port
        self.enabled = False
        count = level.bytes // (description.line_bytes * level.ways)
        self.sets: list[list[SharedLine]] = [[] for _ in range(count)]
        self.banks = [Port() for _ in range(level.banks)]

    def fetch(self, line: int, now: int) -> int:
        """When a line that is asked for now arrives."""
        start = self.banks[line % len(self.banks)].take(now, 1)
        lines = self.sets[line % len(self.sets)]
        for entry in lines:
            if entry.number == line:
                lines.remove(entry)
                lines.append(entry)
                return max(start + self.description.shared_hit, entry.filled)
        if len(lines) == self.ways:
            del lines[0]
        filled = self.port.take(start, LINE_BEATS) + self.description.miss
        lines.append(SharedLine(line, filled))
        return filled
