"""The bytes of the memories, and the port of L2."""

from nmc.sim.oracle.agent import Fault
from nmc.sim.program import ProgramCode


class Memory:
    """A run of bytes at an address."""

    def __init__(self, base: int, size: int):
        self.base = base
        self.size = size
        self.data = bytearray(size)

    def holds(self, address: int, count: int) -> bool:
        """Whether `count` bytes at `address` all lie in here."""
        return self.base <= address and address + count <= self.base + self.size

    def read(self, address: int, count: int) -> bytes:
        """Bytes that lie in here."""
        start = address - self.base
        return bytes(self.data[start : start + count])

    def write(self, address: int, content: bytes) -> None:
        """Puts bytes that lie in here."""
        start = address - self.base
        self.data[start : start + len(content)] = content


class Port:
    """L2's port: one after the other, in the order of asking."""

    def __init__(self) -> None:
        self.free = 0
        """When it is next free."""

    def take(self, now: int, cycles: int) -> int:
        """Takes the port for `cycles` as soon as it is free; returns when that is."""
        start = max(now, self.free)
        self.free = start + cycles
        return start


class CodeGuard:
    """Where code lies, which no program may write."""

    def __init__(self, code: ProgramCode):
        self.code = code

    def overlaps(self, address: int, count: int) -> bool:
        """Whether any of `count` bytes at `address` is code."""
        step = self.code.place_bytes
        low = max(0, address - self.code.base) // step
        high = max(0, address + count - self.code.base + step - 1) // step
        return bool(self.code.marks[low:high].any())

    def check(self, address: int, count: int, kind: int) -> None:
        """Fault `kind` if the bytes are code."""
        if self.overlaps(address, count):
            raise Fault(kind, address)
