"""Functions through tables and operations on rows, simulated, against the semantics on bytes."""

import numpy as np
import pytest

from nmc.backend.kernels import estimates
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import LayerNormOp, LookupOp, SoftmaxOp, TileOperation
from nmc.numerics import tile_rows
from nmc.numerics.derive_norm import derive_layer_norm
from nmc.numerics.packing import Bytes
from nmc.numerics.packing.norm import pack_norm, unpack_norm
from nmc.numerics.packing.softmax import pack_table, unpack_table
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
        (1023, 1024, 0.11, True, "out"),
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
        "table": pack_table(params),
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


@pytest.mark.parametrize(
    ("length", "pitch", "epsilon", "unsigned", "bounds"),
    [
        (1, 1, 0.0, False, (-128, 127)),
        (1, 3, 1e-5, True, (0, 255)),
        (2, 2, 0.0, True, (-128, 127)),
        (3, 5, 1e-5, False, (-7, 90)),
        (64, 64, 0.0, False, (-128, 127)),
        (384, 384, 1e-5, False, (-128, 127)),
        (385, 388, 0.3, True, (3, 250)),
        (4096, 4096, 1e-12, True, (-128, 127)),
    ],
)
def test_layer_norm(
    length: int, pitch: int, epsilon: float, unsigned: bool, bounds: tuple[int, int]
) -> None:
    rng = np.random.default_rng(length)
    found = derive_layer_norm(
        rng.uniform(-1.5, 1.5, length),
        rng.uniform(-0.5, 0.5, length),
        epsilon,
        input_scale=0.03,
        input_range=(0, 255) if unsigned else (-128, 127),
        output_scale=1 / 32,
        zero_point=20,
        bounds=bounds,
    )
    src = rows_of(rng, length, pitch)
    weights = pack_norm(found.gain, found.offset, found.params.shift)
    buffers = {"src": src, "weights": weights, "out": random_bytes(rng, src.size)}
    pitches = {"src_pitch": pitch, "out_pitch": pitch}

    def make(e: Emitter, at: Addresses) -> TileOperation:
        places = (at["src"], at["weights"], at["out"])
        rows = (e.const(0), e.const(5))
        return LayerNormOp(*places, rows, params=found.params, unsigned_input=unsigned, **pitches)

    expected = buffers["out"].copy()
    tile_rows.layer_norm(
        src, weights, expected, (0, 5), params=found.params, unsigned_input=unsigned, **pitches
    )
    program = compile_op(make, {name: len(data) for name, data in buffers.items()})
    out, measured = program.run(buffers, "out")
    np.testing.assert_array_equal(out, expected)
    if length >= 384 and pitch % 4 == 0:
        cycles = next(s.cycles for s in measured.symbols if s.name.startswith("layer_norm_"))
        assert estimates.layer_norm(5, length) == pytest.approx(cycles, rel=0.1)


def test_gains_and_offsets_are_packed_and_found_again() -> None:
    gain = np.array([1, -(2**31), 2**31 - 1], np.int32)
    offset = np.array([-(2**31), 0, 5], np.int32)
    packed = pack_norm(gain, offset, 20)
    assert packed.size == 24
    again = unpack_norm(packed, 20)
    np.testing.assert_array_equal(again, (gain, offset))


def test_a_table_is_packed_and_its_exponentials_found_again() -> None:
    params = derive_softmax(0.05, 1 / 255, 16, zero_point=-128, bounds=(-128, 127))
    packed = pack_table(params)
    assert unpack_table(packed) == params.table
    half = 1 << (params.value_shift - 1)
    elements = [(entry + half) >> params.value_shift for entry in params.table]
    assert packed[1024:].view(np.int32).tolist() == elements


def test_instructions_of_rows() -> None:
    """The loops inside the one over rows, and how many instructions an iteration of four has."""
    params = derive_softmax(0.05, 1 / 255, 64, zero_point=-128, bounds=(-128, 127))
    norm = derive_layer_norm(
        np.ones(64),
        np.zeros(64),
        1e-6,
        input_scale=0.05,
        input_range=(-128, 127),
        output_scale=1 / 32,
        zero_point=0,
        bounds=(-128, 127),
    ).params

    def make_softmax(e: Emitter, at: Addresses) -> TileOperation:
        rows = (e.const(0), e.const(4))
        places = (at["src"], at["table"], at["out"])
        return SoftmaxOp(*places, rows, params=params, length=64, src_pitch=64, out_pitch=64)

    def make_norm(e: Emitter, at: Addresses) -> TileOperation:
        rows = (e.const(0), e.const(4))
        return LayerNormOp(
            at["src"], at["table"], at["out"], rows, params=norm, src_pitch=64, out_pitch=64
        )

    sizes = {"src": 256, "table": 2048, "out": 256}
    # The maximum four words at a time; the sum: word, distances, places 7, entries and sums 4
    # each; outputs: as many for places, three instructions each, two packs, zero point, store.
    bodies = loop_bodies(compile_op(make_softmax, sizes).assembly(), "softmax_")
    assert [len(body) for body in bodies] == [8, 17, 25]
    # A word and two sums; a bit of the root; of an output its input, gain and offset, two products,
    # two rounding shifts and a clip, of four of them two packs and a store.
    bodies = loop_bodies(compile_op(make_norm, sizes).assembly(), "layer_norm_")
    assert [len(body) for body in bodies] == [3, 5, 35]
