"""What the buffers of a layer are for: who fills them, and who empties them."""

from __future__ import annotations

from xdsl.ir import SSAValue

from nmc.dialects import cluster, tile
from nmc.passes.scheduling.accesses import read_and_written

# By whether transfers write it, transfers read it, cores write it, cores read it.
_NAMES = {
    (True, False, False, True): "loaded",
    (False, True, True, False): "stored",
    (True, True, False, False): "passed",
    (False, False, True, True): "scratch",
    (False, True, True, True): "added",
}


def uses_of(layer: cluster.LayerOp) -> dict[SSAValue, str]:
    """The use of each buffer that a layer accesses.

    `loaded`: transfers fill it, cores read it. `stored`: cores fill it, transfers empty it.
    `passed`: transfers do both. `scratch`: cores do both. `added`: stored, after something is
    added in place. `interleaved`: scratch for groups of
    pixels that lie byte by byte beside each other; the last group may be filled in part and is
    read whole. `padded`: loaded rows that are filled up to whole words, with anything, and read
    whole. `tile`: anything else.
    """
    found: dict[SSAValue, set[tuple[bool, bool]]] = {}
    for op in layer.walk():
        by_transfer = isinstance(op, cluster.TransferOperation)
        for writes, values in enumerate(read_and_written(op)):
            for value in values:
                accesses = found.setdefault(cluster.root_of(value), set())
                accesses.add((by_transfer, bool(writes)))
    interleaved = {
        cluster.root_of(op.dst)
        for op in layer.walk()
        if isinstance(op, tile.Im2colOp) and op.pixels_beside > 1
    }
    padded = {
        cluster.root_of(op.a)
        for op in layer.walk()
        if isinstance(op, tile.ContractOp)
        and op.a_pitch.value.data > op.taps.value.data * op.cin.value.data
    }
    return {
        buffer: "interleaved" if buffer in interleaved else _name(accesses, buffer in padded)
        for buffer, accesses in found.items()
    }


def _name(accesses: set[tuple[bool, bool]], padded: bool) -> str:
    """The use behind a set of (by a transfer, writes)."""
    order = ((True, True), (True, False), (False, True), (False, False))
    transfers_write, transfers_read, cores_write, cores_read = (o in accesses for o in order)
    key = (transfers_write, transfers_read, cores_write, cores_read)
    name = _NAMES.get(key, "tile")
    return "padded" if padded and name == "loaded" else name
