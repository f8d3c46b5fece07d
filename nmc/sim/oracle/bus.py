"""Loads and stores: which memory or register an address is, and the time each takes."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from nmc.sim import layout as at
from nmc.sim.oracle.agent import Fault
from nmc.sim.oracle.memory import CodeGuard, Memory, Port
from nmc.sim.oracle.notation import zx
from nmc.sim.oracle.peripherals import Peripherals
from nmc.targets import Target

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core


class Bus:
    """From cores to memories and registers. The core's time ends behind the access."""

    def __init__(
        self,
        target: Target,
        l1: Memory,
        l2: Memory,
        port: Port,
        code: CodeGuard,
        peripherals: Peripherals,
    ):
        self.target = target
        self.l1 = l1
        self.l2 = l2
        self.port = port
        self.code = code
        self.peripherals = peripherals

    def load(
        self, core: "Core", address: int, size: int, memory_only: bool
    ) -> Generator[None, None, int]:
        """The little-endian value of `size` bytes."""
        if self.l1.holds(address, size):
            content = b""
            for place, count in self.words(address, size):
                yield from self.ask(core, place, first=place == address)
                content += self.l1.read(place, count)
            core.time += 1
            return int.from_bytes(content, "little")
        if self.l2.holds(address, size):
            content = self.l2.read(address, size)
            self.pass_l2(core)
            return int.from_bytes(content, "little")
        value = None if memory_only else (yield from self.peripherals.load(core, address))
        if value is None:
            raise Fault(at.FAULT_MEMORY, address)
        return zx(value, 8 * size)

    def store(self, core: "Core", address: int, size: int, value: int) -> Iterator[None]:
        """Writes the low `size` bytes of a value."""
        value = zx(value, 8 * size)
        content = value.to_bytes(size, "little")
        if self.l1.holds(address, size):
            for place, count in self.words(address, size):
                yield from self.ask(core, place, first=place == address)
                self.l1.write(place, content[place - address :][:count])
            core.time += 1
        elif self.l2.holds(address, size):
            if self.code.overlaps(address, size):
                raise Fault(at.FAULT_CODE_WRITE, address)
            self.l2.write(address, content)
            self.pass_l2(core)
        else:
            known = yield from self.peripherals.store(core, address, value)
            if not known:
                raise Fault(at.FAULT_MEMORY, address)

    def words(self, address: int, size: int) -> list[tuple[int, int]]:
        """The parts of an access that lie in different words of L1: address and bytes."""
        first = min(size, 4 - address % 4)
        return [(address, first)] + [(address + first, size - first)] * (first < size)

    def ask(self, core: "Core", address: int, first: bool) -> Iterator[None]:
        """Asks for the bank of a word; a second word is asked for a cycle after the first."""
        if not first:
            core.stall("misaligned", self.target.timing.misaligned)
        core.asking = (address - self.l1.base) // 4 % self.target.l1.banks
        yield

    def pass_l2(self, core: "Core") -> None:
        """The time an access to L2 takes: the round trip, and waiting for the port.

        The fabric controller sits beside L2 and takes a cycle.
        """
        core.time += 1
        if core.in_cluster:
            now = core.time - 1
            waited = self.port.take(now, 1) - now
            core.stall("l2", waited + self.target.timing.l2_access - 1)
