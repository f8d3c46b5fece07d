"""Functions through tables and operations on rows, simulated, against the semantics on bytes."""

import numpy as np
import pytest

from nmc.backend.kernels import estimates
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import LookupOp, SoftmaxOp, TileOperation
from nmc.numerics import tile_rows
from nmc.numerics.packing import Bytes
from nmc.numerics.softmax import derive_softmax
from tests.kernels.data import random_bytes
from tests.kernels.harness import Addresses, compile_op
from tests.kernels.test_inner_loops import loop_bodies


def make_lookup(span: tuple[int, int]):
    """The operation on buffers src, table and out."""

    def make(e: Emitter, at: Addresses) -> TileOperation:
        bounds = (e.const(span[0]), e.const(span[1]))
        return LookupOp(at["src"], at["table"], at["out"], bounds)

    return make


def lookup_buffers(size: int) -> dict[str, Bytes]:
    rng = np.random.default_rng(3)
    sizes = {"src": size, "table": 256, "out": size}
    return {name: random_bytes(rng, count) for name, count in sizes.items()}


@pytest.mark.parametrize("span", [(0, 0), (0, 3), (1, 8), (4, 32), (0, 1001)])
def test_lookup(span: tuple[int, int]) -> None:
    buffers = lookup_buffers(span[1] + 5)
    expected = buffers["out"].copy()
    tile_rows.lookup(buffers["src"], buffers["table"], expected, span)
    program = compile_op(make_lookup(span), {name: len(data) for name, data in buffers.items()})
    found, _ = program.run(buffers, "out")
    np.testing.assert_array_equal(found, expected)


def test_a_lookup_is_three_instructions_a_byte() -> None:
    size = 4096
    program = compile_op(make_lookup((0, size)), {"src": size, "table": 256, "out": size})
    body = loop_bodies(program.assembly(), "lookup")[0]
    # Of four bytes: their word, the bytes apart, their entries, two packs and a store.
    assert len(body) == 2 * (1 + 4 + 4 + 2 + 1), "\n".join(body)
    _, measured = program.run(lookup_buffers(size), "out")
    cycles = next(s.cycles for s in measured.symbols if s.name == "lookup")
    assert estimates.lookup(size) == pytest.approx(cycles, rel=0.1)


def rows_of(rng: np.random.Generator, length: int, pitch: int) -> Bytes:
    """Rows of noise, of one large value, of equal values, of two far apart, of small numbers."""
    rows = rng.integers(0, 256, (5, pitch)).astype(np.uint8)
    rows[1] = 0x80
    rows[1, rng.integers(length)] = 0x7F
    rows[2] = rng.integers(256)
    rows[3, : length // 2] = 0
    rows[4] = rng.integers(-20, 21, pitch).astype(np.int8).view(np.uint8)
    return rows.reshape(-1)


@pytest.mark.parametrize(
    ("length", "pitch", "scale", "unsigned", "place"),
    [
        (1, 1, 0.1, False, "out"),
        (3, 5, 0.02, True, "out"),
        (4, 4, 0.5, True, "src"),
        (50, 52, 0.05, False, "src"),
        (197, 200, 0.03, False, "src"),
        (257, 257, 0.11, False, "out"),
        (1023, 1024, 0.004, True, "out"),
    ],
)
def test_softmax(length: int, pitch: int, scale: float, unsigned: bool, place: str) -> None:
    rng = np.random.default_rng(length)
    bounds = (0, 200) if unsigned else (-128, 127)
    zero_point = 3 if unsigned else -128
    params = derive_softmax(scale, 1 / 255, length, zero_point=zero_point, bounds=bounds)
    src = rows_of(rng, length, pitch)
    buffers = {
        "src": src,
        "table": np.array(params.table, np.int32).view(np.uint8),
        "out": random_bytes(rng, src.size),
    }
    rows = {"length": length, "src_pitch": pitch, "out_pitch": pitch}

    def make(e: Emitter, at: Addresses) -> TileOperation:
        bounds = (e.const(1), e.const(5))
        places = (at["src"], at["table"], at[place])
        return SoftmaxOp(*places, bounds, params=params, unsigned_input=unsigned, **rows)

    expected = buffers[place].copy()
    tile_rows.softmax(src, expected, (1, 5), params=params, unsigned_input=unsigned, **rows)
    program = compile_op(make, {name: len(data) for name, data in buffers.items()})
    found, measured = program.run(buffers, place)
    np.testing.assert_array_equal(found, expected)
    if length >= 197 and pitch % 4 == 0:
        cycles = next(s.cycles for s in measured.symbols if s.name.startswith("softmax_"))
        assert estimates.softmax(4, length) == pytest.approx(cycles, rel=0.1)
