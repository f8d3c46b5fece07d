"""The DMA's two channels, as far as the commands say when transfers are done."""

from __future__ import annotations

from nmc.targets import Target

# mchan: bits of a command beside the length, and register offsets in a core's view.
LENGTH, TO_L1, INCREMENT, TWO_D = 0x1FFFF, 1 << 17, 1 << 18, 1 << 19
COMMAND, STATUS = 0, 4


class Dma:
    """Transfers by id: when each is done. Times are cycles since the layer began.

    commands: by core, the id it was given last and the words of the command it is writing.
    """

    def __init__(self, target: Target):
        self.dma = target.dma
        self.done = dict[int, float]()
        self.free = {True: 0.0, False: 0.0}
        self.commands = dict[int, tuple[int, list[int]]]()

    def allocate(self, core: int) -> int | None:
        """The least free id, for the command that a core writes next; None where there is none."""
        free = next((id_ for id_ in range(self.dma.ids) if id_ not in self.done), None)
        if free is not None:
            self.commands[core], self.done[free] = (free, []), 0.0
        return free

    def write(self, core: int, word: int, now: float) -> None:
        """A word of a core's command: itself, address in L1, address outside, line, stride."""
        number, words = self.commands[core]
        words.append(word)
        flags = words[0]
        if len(words) == (5 if flags & TWO_D else 3):
            length, inward = flags & LENGTH, bool(flags & TO_L1)
            line = words[3] if flags & TWO_D else length
            self.done[number] = self._end(length, max(1, line), inward, now)

    def _end(self, length: int, line: int, inward: bool, now: float) -> float:
        """When a transfer is done that is ordered now."""
        dma = self.dma
        lines = -(-length // line)
        beats = lines * max(-(-line // dma.bytes_per_cycle), dma.line)
        bursts = 0 if inward else lines * -(-line // dma.burst_bytes) * dma.burst_out
        begin = max(self.free[inward] + 1, now + dma.latency(inward))
        self.free[inward] = begin + beats + bursts - 1
        return self.free[inward] + 1

    def busy(self, now: float) -> int:
        """Mask of the ids whose transfers are under way."""
        return sum(1 << id_ for id_, end in self.done.items() if end > now)

    def release(self, mask: int) -> None:
        """The ids of a mask are free again."""
        self.done = {id_: end for id_, end in self.done.items() if not mask >> id_ & 1}
