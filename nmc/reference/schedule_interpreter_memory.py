"""The memories of the scheduled level as arrays: one each where addresses are planned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster
from nmc.errors import NmcError
from nmc.numerics.packing import Bytes

# What memory holds before it is written: nothing may rely on it being zero.
UNWRITTEN = 0xA5


@dataclass
class Memory:
    """The bytes of L1, L2 and L3.

    A buffer or constant with an address is a slice of its memory, so that overlaps show; one
    without has an array of its own.
    """

    spaces: dict[cluster.Space, tuple[int, Bytes]]
    data: dict[str, Bytes] = field(default_factory=dict[str, Bytes])

    @classmethod
    def of(cls, module: ModuleOp) -> Memory:
        """The memories of a module's target, with its constants in them."""
        target = resolve_target(module)
        datas = [op for op in module.body.block.ops if isinstance(op, cluster.DataOp)]
        l3 = sum(data.size + 8 for data in datas)
        sizes = {
            cluster.Space.L1: (target.l1.base, target.l1.bytes),
            cluster.Space.L2: (target.l2.base, target.l2.bytes),
            cluster.Space.L3: (target.l3.base, min(l3, target.l3.bytes)),
        }
        memory = cls(
            {
                space: (base, np.full(size, UNWRITTEN, dtype=np.uint8))
                for space, (base, size) in sizes.items()
            }
        )
        for data in datas:
            name, contents = data.sym_name.data, data.contents
            if data.address is None:
                memory.data[name] = contents.copy()
            else:
                place = memory.at(data.space.data, data.address.value.data, data.size)
                place[:] = contents
                memory.data[name] = place
        return memory

    def at(self, space: cluster.Space, address: int, size: int) -> Bytes:
        """The bytes [address, address + size). Raises NmcError where they leave the memory."""
        base, array = self.spaces[space]
        if not base <= address <= address + size <= base + len(array):
            raise NmcError(
                f"{size} bytes at {address:#x} lie outside {space.upper()}; run plan-memory again"
            )
        return array[address - base : address - base + size]

    def allocate(self, op: cluster.AllocOp) -> Bytes:
        """The bytes of an allocation."""
        if op.address is None:
            return np.full(op.size, UNWRITTEN, dtype=np.uint8)
        return self.at(op.space, op.address.value.data, op.size)

    def clear_l1(self) -> None:
        """Forget L1: a layer must not rely on what the one before left there."""
        self.spaces[cluster.Space.L1][1][:] = UNWRITTEN


@dataclass
class Stream:
    """The weight stream at run time: what `stream_pump` and `stream_next` do."""

    memory: Memory
    op: cluster.StreamOp
    started: int = 0
    chunk: int = 0

    def pump(self) -> None:
        """Start (and, the soonest it could be, complete) every transfer the ring has room for."""
        given_back = max(0, self.chunk - 2)
        rows = self.op.transfer_rows()
        while self.started < len(rows) and rows[self.started][3] <= given_back:
            source, target, length, _ = rows[self.started]
            self.memory.at(cluster.Space.L2, target, length)[:] = self.memory.at(
                cluster.Space.L3, source, length
            )
            self.started += 1

    def next(self, size: int) -> Bytes:
        """The next chunk's place in the ring. Raises NmcError where it could never come."""
        rows = self.op.chunk_rows()
        if self.chunk >= len(rows):
            raise NmcError("the program asks for more chunks than the stream has")
        self.chunk += 1
        self.pump()
        address, transfer = rows[self.chunk - 1]
        if transfer >= self.started:
            raise NmcError(f"chunk {self.chunk - 1} of the stream waits for itself: ring too small")
        start, length = (int(number) for number in self.op.ring.get_values())
        # The type says how large a chunk can be; the last one in the ring may be shorter.
        return self.memory.at(cluster.Space.L2, address, min(size, start + length - address))
