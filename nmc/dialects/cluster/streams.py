"""Weights that stream from L3 through a ring in L2.

All streamed weights of a program form one sequence of chunks in the order the layers consume them.
Transfers carry one or more neighbouring chunks from L3 into the ring; where each one lands and how
many chunks must have been given back before it may start are known at compile time, so the
run-time part is small: core 0 starts the next transfer whenever the channel is idle and the ring
has room (`cluster.stream_pump`), and waits for the transfer that brings the chunk it wants
(`cluster.stream_next`).
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    i64,
)
from xdsl.irdl import IRDLOperation, irdl_op_definition, prop_def, result_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, NoMemoryEffect, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.cluster.attributes import Space, buffer_type, check_buffer


@irdl_op_definition
class StreamOp(IRDLOperation):
    """The table of a program's stream of weights.

    `ring` is [address, bytes] in L2, `state` the address of the run-time counters (16 bytes in L1),
    `table` the address in L2 of the table the program reads. `transfers` holds four numbers a
    transfer: L3 address, L2 address, bytes, chunks that must have been given back before it may
    start. `chunks` holds two numbers a chunk: its address in L2 and the transfer that completes it.

        cluster.stream @weights ring [469827584, 65536] state 268435456 table 469893120
            transfers [2147483648, 469827584, 4096, 0] chunks [469827584, 0, 469829632, 0]
    """

    name = "cluster.stream"
    sym_name = prop_def(SymbolNameConstraint())
    ring = prop_def(DenseArrayBase.constr(i64))
    state = prop_def(IntegerAttr.constr(i64))
    table = prop_def(IntegerAttr.constr(i64))
    transfers = prop_def(DenseArrayBase.constr(i64))
    chunks = prop_def(DenseArrayBase.constr(i64))
    traits = traits_def(SymbolOpInterface(), NoMemoryEffect())
    assembly_format = (
        "$sym_name `ring` $ring `state` $state `table` $table `transfers` $transfers "
        "`chunks` $chunks attr-dict"
    )

    def __init__(
        self,
        name: str,
        *,
        ring: tuple[int, int],
        state: int,
        table: int,
        transfers: Sequence[tuple[int, int, int, int]],
        chunks: Sequence[tuple[int, int]],
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "ring": DenseArrayBase.from_list(i64, ring),
                "state": IntegerAttr(state, i64),
                "table": IntegerAttr(table, i64),
                "transfers": DenseArrayBase.from_list(i64, [n for row in transfers for n in row]),
                "chunks": DenseArrayBase.from_list(i64, [n for row in chunks for n in row]),
            }
        )

    def transfer_rows(self) -> list[tuple[int, int, int, int]]:
        """(L3 address, L2 address, bytes, chunks to be given back first) of each transfer."""
        flat = [int(n) for n in self.transfers.get_values()]
        return [(flat[i], flat[i + 1], flat[i + 2], flat[i + 3]) for i in range(0, len(flat), 4)]

    def chunk_rows(self) -> list[tuple[int, int]]:
        """(L2 address, transfer) of each chunk."""
        flat = [int(n) for n in self.chunks.get_values()]
        return [(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)]

    def verify_(self) -> None:
        if len(self.ring) != 2:
            raise VerifyException("ring must be [address, bytes]")
        if len(self.transfers) % 4 or len(self.chunks) % 2:
            raise VerifyException("a transfer is four numbers, a chunk two")
        start, size = (int(n) for n in self.ring.get_values())
        transfers = self.transfer_rows()
        for index, (_, address, length, needed) in enumerate(transfers):
            if not (start <= address and address + length <= start + size):
                raise VerifyException(f"transfer {index} leaves the ring")
            if needed > len(self.chunk_rows()):
                raise VerifyException(f"transfer {index} waits for a chunk that does not exist")
        if any(not 0 <= transfer < len(transfers) for _, transfer in self.chunk_rows()):
            raise VerifyException("a chunk names a transfer that does not exist")


@irdl_op_definition
class StreamPumpOp(IRDLOperation):
    """Start the next transfer if the channel is idle and the ring has room. Core 0 only.

    cluster.stream_pump @weights
    """

    name = "cluster.stream_pump"
    stream = prop_def(SymbolRefAttr)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$stream attr-dict"

    def __init__(self, stream: str):
        super().__init__(properties={"stream": SymbolRefAttr(stream)})


@irdl_op_definition
class StreamNextOp(IRDLOperation):
    """Wait for the next chunk of the stream and give back the one before the previous. Core 0 only.

    A chunk stays in the ring until the second `stream_next` after its own: by then the DMA that
    read it has been waited for, because at most two chunks are in use at once (the buffers in L1
    they go to are at most two).

        %chunk = cluster.stream_next @weights : memref<4096xi8, #cluster.space<l2>>
    """

    name = "cluster.stream_next"
    stream = prop_def(SymbolRefAttr)
    result = result_def()
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$stream attr-dict `:` type($result)"

    def __init__(self, stream: str, size: int):
        super().__init__(
            properties={"stream": SymbolRefAttr(stream)},
            result_types=[buffer_type(size, Space.L2)],
        )

    def verify_(self) -> None:
        check_buffer(self.result.type, (Space.L2,), "a chunk")
