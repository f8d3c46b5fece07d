"""The functions every program brings along: driving the DMA and pumping the weight stream.

Addresses and bit numbers come from the target description; the protocols are those of mchan and
of the L3 channel. Where all cores load for themselves they have the DMA's part in their own code;
only core 0 calls these functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.static_timing.dma import COMMAND, STATUS
from nmc.dialects.cluster import StreamOp
from nmc.passes.scheduling.mmio import Body, Words, function
from nmc.targets import Target

# Words of the stream's state in L1.
STARTED, GIVEN_BACK, NEEDED, NEXT = 0, 4, 8, 12
# Rows of the tables in L2: bytes, and the places of their words.
TRANSFER_ROW, L3_OFFSET, L2_ADDRESS, LENGTH, ROW_NEEDED = 16, 0, 4, 8, 12
CHUNK_ROW, CHUNK_ADDRESS, CHUNK_TRANSFER = 8, 0, 4
NEVER = 0x7FFFFFFF


def dma_start(target: Target) -> func.FuncOp:
    """@dma_start(l1, outer, command) -> mask: start a transfer of consecutive bytes."""

    def body(w: Words, args: Sequence[SSAValue]) -> Body:
        local, outer, command = args
        number = send_command(w, target, (command, local, outer))
        return lambda: [w.shift_left(w.const(1), number)]

    return function("dma_start", 3, 1, body)


def dma_start_2d(target: Target) -> func.FuncOp:
    """@dma_start_2d(l1, outer, command, length, stride) -> mask: lines that are apart outside."""

    def body(w: Words, args: Sequence[SSAValue]) -> Body:
        local, outer, command, length, stride = args
        number = send_command(w, target, (command, local, outer, length, stride))
        return lambda: [w.shift_left(w.const(1), number)]

    return function("dma_start_2d", 5, 1, body)


def dma_wait(target: Target) -> func.FuncOp:
    """@dma_wait(mask): poll until the transfers of the mask are complete, then free their ids."""
    return function("dma_wait", 1, 0, lambda w, args: wait_for(w, target, args[0]))


def send_command(w: Words, target: Target, words: Sequence[SSAValue]) -> SSAValue:
    """Get the number of a transfer, then write the words of its command."""
    base, low = split_address(target.map.dma)
    dma = w.const(base)
    number = w.load(dma, low + COMMAND, volatile=True)
    for word in words:
        w.store(word, dma, low + COMMAND, volatile=True)
    return number


def wait_for(w: Words, target: Target, mask: SSAValue) -> None:
    """Poll until the transfers of the mask are complete, then free their numbers."""
    base, low = split_address(target.map.dma)
    dma = w.const(base)

    def busy() -> SSAValue:
        left = w.bit_and(w.load(dma, low + STATUS, volatile=True), mask)
        return w.compare("ne", left, w.const(0))

    w.until(busy)
    w.store(mask, dma, low + STATUS, volatile=True)


def dma_lines() -> func.FuncOp:
    """@dma_lines(l1, outer, command, length, stride, pitch, lines): one transfer after another.

    For lines that are apart on both sides, which the DMA cannot do in one. `command` is without a
    length.
    """

    def body(w: Words, args: Sequence[SSAValue]) -> None:
        local, outer, command, length, stride, pitch, lines = args
        full = w.bit_or(command, length)
        w.repeat(lines, [local, outer], lambda places: _line(w, places, full, pitch, stride))

    return function("dma_lines", 7, 0, body)


def _line(
    w: Words, places: Sequence[SSAValue], command: SSAValue, pitch: SSAValue, stride: SSAValue
) -> list[SSAValue]:
    (mask,) = w.call("dma_start", [*places, command], [i32])
    w.call("dma_wait", [mask])
    return [w.add(places[0], pitch), w.add(places[1], stride)]


def dma_long(target: Target) -> func.FuncOp:
    """@dma_long(l1, outer, command, length): transfers of the longest a command can carry.

    All but the last are waited for; `command` is without a length. Returns the last one's mask.
    """
    most = target.dma.max_bytes // 8 * 8

    def body(w: Words, args: Sequence[SSAValue]) -> Body:
        local, outer, command, length = args
        full, step = w.bit_or(command, w.const(most)), w.const(most)
        last = w.sub(length, w.const(1))
        whole = w.quotient(last, step)
        local, outer = w.repeat(
            whole, [local, outer], lambda places: _line(w, places, full, step, step)
        )
        done = w.mul(whole, most)
        rest = w.bit_or(command, w.sub(length, done))
        return lambda: list(w.call("dma_start", [local, outer, rest], [i32]))

    return function("dma_long", 4, 1, body)


def split_address(address: int) -> tuple[int, int]:
    """An address as what one instruction loads and the offset that loads and stores add."""
    low = (address & 0xFFF) - (address & 0x800) * 2
    return address - low, low


def stream_reset(stream: StreamOp) -> func.FuncOp:
    """@stream_reset(): nothing started, nothing given back, the first chunk is next."""

    def body(w: Words, args: Sequence[SSAValue]) -> None:  # noqa: ARG001 - no arguments
        state, zero = w.const(stream.state.value.data), w.const(0)
        for word in (STARTED, GIVEN_BACK, NEEDED, NEXT):
            w.store(zero, state, word, volatile=True)

    return function("stream_reset", 0, 0, body)


def stream_pump(target: Target, stream: StreamOp) -> func.FuncOp:
    """@stream_pump(): start the next transfer if the channel is idle and the ring has room.

    The word NEEDED of the state is that of the next transfer; behind the last one it is more than
    there are chunks, so that one comparison in L1 is all an idle call costs.
    """
    channel = target.l3_channel

    def start(w: Words, state: SSAValue, port: SSAValue) -> Sequence[SSAValue]:
        started = w.load(state, STARTED, volatile=True)
        row = w.add(w.const(stream.table.value.data), w.mul(started, TRANSFER_ROW))
        w.store(w.load(row, L3_OFFSET), port, channel.l3_offset, volatile=True)
        w.store(w.load(row, L2_ADDRESS), port, channel.l2_address, volatile=True)
        w.store(w.load(row, LENGTH), port, channel.length, volatile=True)
        w.store(w.load(row, TRANSFER_ROW + ROW_NEEDED), state, NEEDED, volatile=True)
        w.store(w.add(started, w.const(1)), state, STARTED, volatile=True)
        return ()

    def body(w: Words, args: Sequence[SSAValue]) -> None:  # noqa: ARG001 - no arguments
        state, port = w.const(stream.state.value.data), w.const(target.map.l3_channel)
        given = w.load(state, GIVEN_BACK, volatile=True)
        needed = w.load(state, NEEDED, volatile=True)

        def room() -> Sequence[SSAValue]:
            busy = w.load(port, channel.busy, volatile=True)
            w.when(w.compare("eq", busy, w.const(0)), lambda: start(w, state, port))
            return ()

        w.when(w.compare("sge", given, needed), room)

    return function("stream_pump", 0, 0, body)


def stream_next(target: Target, stream: StreamOp) -> func.FuncOp:
    """@stream_next() -> address: give back the chunk before the previous, wait for the next."""
    channel = target.l3_channel
    chunks = stream.table.value.data + TRANSFER_ROW * (len(stream.transfer_rows()) + 1)

    def body(w: Words, args: Sequence[SSAValue]) -> Body:  # noqa: ARG001 - no arguments
        state, port = w.const(stream.state.value.data), w.const(target.map.l3_channel)
        one = w.const(1)
        chunk = w.load(state, NEXT, volatile=True)
        w.store(w.add(chunk, one), state, NEXT, volatile=True)
        given = w.most(w.sub(chunk, one), w.const(0))
        w.store(given, state, GIVEN_BACK, volatile=True)
        row = w.add(w.const(chunks), w.mul(chunk, CHUNK_ROW))
        address, transfer = w.load(row, CHUNK_ADDRESS), w.load(row, CHUNK_TRANSFER)
        wanted = w.add(transfer, one)

        def missing() -> SSAValue:
            w.call("stream_pump", [])
            started = w.load(state, STARTED, volatile=True)
            busy = w.load(port, channel.busy, volatile=True)
            # The channel does one transfer at a time: with n started, n - busy are complete.
            return w.compare("slt", w.sub(started, busy), wanted)

        w.until(missing)
        # The transfer may have ended between the pump's look at the channel and the loop's.
        w.call("stream_pump", [])
        return lambda: [address]

    return function("stream_next", 0, 1, body)


def stream_table(target: Target, stream: StreamOp) -> bytes:
    """The table in L2: a row for each transfer, a last one that never starts, then the chunks."""
    words: list[int] = []
    for l3, address, length, needed in stream.transfer_rows():
        words += [l3 - target.l3.base, address, length, needed]
    words += [0, 0, 0, NEVER]
    for address, transfer in stream.chunk_rows():
        words += [address, transfer]
    return b"".join((word & 0xFFFFFFFF).to_bytes(4, "little") for word in words)
