"""Cycles of data movement and synchronisation, from the target description."""

from __future__ import annotations

from dataclasses import dataclass

from nmc.errors import NmcError
from nmc.targets import Target

# Waking, checking and dispatching around a step of a schedule: a few calls and loop updates.
STEP = 100.0
# The same where a core does it for itself, with its own transfer and no barrier.
OWN_STEP = 60.0
# Lines of code that are fetched between the start of such a layer's first transfer and its use.
OWN_LINES = 18


# Accesses to L1 an instruction of a kernel.
ACCESSES = 1 / 3

# What every layer runs besides: the call, its registers, first addresses, the barrier at its end.
ENTRY = 60.0
# Core 0's part of a transfer that others hide, beside programming it: addresses, the wait's call.
HANDLING = 20.0
# Core 0's loop around a transfer that it waits for: two calls, addresses, the last poll; measured.
LINE = 9.0
INSTRUCTION_BYTES = 4
# Lines of code of a layer, with the functions that drive the DMA, and of its gathering.
LAYER_LINES, GATHER_LINES = 15, 12


@dataclass(frozen=True)
class Machine:
    """The figures of a target that planning uses, cycles and bytes."""

    cores: int
    l1_bytes: int
    target: Target

    @classmethod
    def of(cls, target: Target) -> Machine:
        """The figures of a target; `l1_bytes` is what is left beside the stacks and the state."""
        reserved = target.cores * target.stack_bytes + STATE_BYTES
        return cls(target.cores, target.l1.bytes - reserved, target)

    @property
    def banks(self) -> int:
        """Of L1."""
        return self.target.l1.banks

    def transfer(self, size: int, lines: int = 1) -> float:
        """A DMA transfer between L2 and L1, from programming to completion."""
        dma = self.target.dma
        if size <= 0:
            return 0.0
        commands = -(-size // dma.max_bytes)
        body = max(size / dma.bytes_per_cycle, lines * dma.line)
        return commands * (dma.setup + dma.startup) + body

    def one_by_one(self, size: int, lines: int) -> float:
        """Lines of `size` bytes that are apart on both sides: core 0 waits for each by itself."""
        return lines * (self.transfer(size) + LINE)

    def barrier(self) -> float:
        """All cores meeting: the barrier itself and the skew around it."""
        return self.target.timing.barrier + 10.0

    def contention(self, accesses: float = ACCESSES) -> float:
        """What cores that meet at the same bank make of a cycle of computing.

        accesses: to L1, of an instruction that each core runs. Each of the others meets an access
        with the chance that it makes one, at this bank, and wins half of the meetings.
        """
        others = self.cores - 1
        return 1 + accesses * others * accesses / (2 * self.banks)

    def handling(self) -> float:
        """What a transfer costs core 0 while computing hides the rest of it."""
        return self.target.dma.setup + HANDLING

    def entry(self, lines: int) -> float:
        """Entering and leaving a layer whose kernels have `lines` of code, all fetched once."""
        return ENTRY + self.code(LAYER_LINES + lines)

    def code(self, lines: int) -> float:
        """Fetching lines of code for the first time."""
        return lines * float(self.target.icache.miss)

    def refills(self, instructions: int) -> float:
        """Cycles in which a loop's code comes back to a private instruction cache, an iteration.

        Of a set that has more lines of the loop than ways none stays until it is needed again.
        """
        cache = self.target.icache
        ways = cache.private.ways
        lines = instructions * INSTRUCTION_BYTES / cache.line_bytes + 1
        beyond = lines - cache.private.bytes / cache.line_bytes
        return max(0.0, min(lines, beyond * (ways + 1))) * cache.shared_hit

    def stream(self, size: int) -> float:
        """Bringing bytes from L3 to L2."""
        return size / self.target.l3.bytes_per_cycle


# L1 bytes reserved for the counters of the weight stream.
STATE_BYTES = 32
# Buffers in L1 start at multiples of this; a bank row would waste too much of a tight L1.
ALIGN = 8


def does_not_fit(layer: str, least: int, room: int) -> NmcError:
    """The error of a layer whose smallest tile takes `least` bytes of the `room` bytes of L1."""
    return NmcError(
        f"layer {layer}: its smallest tile needs {least - room} bytes more than the {room} bytes "
        "of L1 beside the stacks; give it more L1 or fewer cores"
    )
