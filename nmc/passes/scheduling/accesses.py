"""What operations of the scheduled level read and write in L1, and who does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from xdsl.ir import Operation, SSAValue

from nmc.dialects import cluster, tile

OWN_LOOP = "cluster.own"
"""On a loop of which every core runs its own iterations: no barrier can be inside. On a transfer:
every core moves its own part."""


class Who(Enum):
    """The cores behind an access."""

    MASTER = auto()
    """Core 0, through the DMA."""
    OWN = auto()
    """Every core in a part of the buffer that only it ever touches."""
    ALL = auto()
    """Any core anywhere in the buffer."""


@dataclass(frozen=True)
class Access:
    """One buffer (the allocation behind all views) read or written."""

    buffer: SSAValue
    writes: bool
    who: Who

    def conflicts(self, other: Access) -> bool:
        """Whether the two must not happen in the same phase between barriers."""
        if self.buffer is not other.buffer or not (self.writes or other.writes):
            return False
        return self.who is Who.ALL or self.who is not other.who


def read_and_written(op: Operation) -> tuple[list[SSAValue], list[SSAValue]]:
    """The buffer operands a tile operation or transfer reads, and those it writes."""
    match op:
        case tile.Im2colOp() | tile.TransposeOp():
            return [op.src], [op.dst]
        case tile.InterleaveOp():
            return [op.src, op.pad], [op.dst]
        case tile.RowsTimesRecords():
            return [op.a, op.w, *([] if op.starts is None else [op.starts])], [op.out]
        case tile.PackRecordsOp() | tile.RowStartsOp():
            return [op.src], [op.dst]
        case tile.PoolOp():
            return [op.a], [op.out]
        case tile.AddOp():
            return [op.a, op.b], [op.out]
        case tile.RequantizeOp():
            return [op.src], [op.out]
        case tile.LookupOp() | tile.SoftmaxOp():
            return [op.src, op.table], [op.out]
        case tile.LayerNormOp():
            return [op.src, op.weights], [op.out]
        case tile.FillOp():
            return [], [op.dst]
        case cluster.TransferOperation():
            return ([], [op.local]) if op.inward else ([op.local], [])
        case _:
            return [], []


def accesses_of(op: Operation, own: Iterable[SSAValue] = ()) -> Iterator[Access]:
    """The accesses of an operation and everything inside it; `own` buffers are private parts."""
    mine = set(own)
    for inner in op.walk():
        reads, writes = read_and_written(inner)
        for values, writing in ((reads, False), (writes, True)):
            for value in values:
                root = cluster.root_of(value)
                if root in mine or OWN_LOOP in inner.attributes:
                    yield Access(root, writing, Who.OWN)
                elif isinstance(inner, cluster.TransferOperation):
                    yield Access(root, writing, Who.MASTER)
                else:
                    yield Access(root, writing, Who.ALL)
