"""Products of two activations: packing, starts of rows, contraction, against NumPy."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nmc.backend.kernels import kernel_by_name
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import ContractOp, PackRecordsOp, RequantAttr, RowStartsOp, TileOperation
from nmc.numerics import tile_ops
from nmc.numerics.batch_matmul import batch_matmul
from nmc.numerics.packing import Bytes, DenseFormat
from nmc.numerics.product_ops import pack_records, row_starts, stored_zero_point
from nmc.numerics.requant import Requant
from tests.kernels.data import plain, random_bytes
from tests.kernels.harness import Addresses, compile_op

PHASES = (Phase.explicit, Phase.generate)
REQUANT = RequantAttr.of(14, -3, -128, 127)


@st.composite
def packings(draw: st.DrawFn) -> tuple[int, int, bool, bool, int, int]:
    """(depth, outputs, columns, unsigned, lhs zero-point, zero-point)."""
    unsigned = draw(st.booleans())
    return (
        draw(st.sampled_from([1, 3, 4, 6, 13, 16, 29])),
        draw(st.sampled_from([1, 4, 7, 8, 12, 18])),
        draw(st.booleans()),
        unsigned,
        draw(st.sampled_from([0, 5, -128])),
        draw(st.sampled_from([0, 255, 131] if unsigned else [0, -128, 9])),
    )


def statics(case: tuple[int, int, bool, bool, int, int]) -> dict[str, int]:
    """The numbers of a packing."""
    depth, outputs, columns, _, lhs_zero_point, zero_point = case
    return {
        "depth": depth,
        "pitch": ((outputs if columns else depth) + 3) // 4 * 4 + 4 * (depth % 3 == 0),
        "rest": outputs % 4,
        "lhs_zero_point": lhs_zero_point,
        "zero_point": zero_point,
        "multiplier": 77,
    }


@settings(max_examples=12, deadline=None, derandomize=True, phases=PHASES)
@given(packings(), st.integers(0, 2))
def test_packing(case: tuple[int, int, bool, bool, int, int], first: int) -> None:
    """Ranges that end before, at and behind the last whole record, and an empty one."""
    depth, outputs, columns, unsigned, *_ = case
    numbers = statics(case)
    records = -(-outputs // 4)
    lo = min(first, records)
    rng = np.random.default_rng(3)
    buffers = {
        "src": random_bytes(rng, (depth if columns else outputs) * numbers["pitch"]),
        "dst": random_bytes(rng, records * DenseFormat(4).record_bytes(1, depth)),
    }
    for hi in {lo, records - 1, records} - set(range(lo)):
        expected = buffers["dst"].copy()
        pack_records(
            buffers["src"],
            expected,
            (lo, hi),
            outputs // 4,
            columns=columns,
            unsigned=unsigned,
            **numbers,
        )

        def make(e: Emitter, at: Addresses, hi: int = hi) -> TileOperation:
            return PackRecordsOp(
                at["src"],
                at["dst"],
                (e.const(lo), e.const(hi)),
                e.const(outputs // 4),
                columns=columns,
                unsigned_input=unsigned,
                **numbers,
            )

        program = compile_op(make, {name: len(data) for name, data in buffers.items()})
        found, _ = program.run(buffers, "dst")
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("depth", "factor", "unsigned"), [(64, 128, False), (7, -3, True)])
def test_starts_of_rows(depth: int, factor: int, unsigned: bool) -> None:
    rng = np.random.default_rng(4)
    pitch = (depth + 3) // 4 * 4
    buffers = {"src": random_bytes(rng, 9 * pitch), "dst": random_bytes(rng, 24)}
    expected = buffers["dst"].copy()
    numbers = {"depth": depth, "pitch": pitch, "factor": factor}
    row_starts(buffers["src"], 2, expected, (1, 5), unsigned=unsigned, **numbers)

    def make(e: Emitter, at: Addresses) -> TileOperation:
        rows = e.const(1), e.const(5)
        src, row = at["src"], e.const(2)
        return RowStartsOp(src, row, at["dst"], rows, unsigned_input=unsigned, **numbers)

    program = compile_op(make, {name: len(data) for name, data in buffers.items()})
    np.testing.assert_array_equal(program.run(buffers, "dst")[0], expected)


@pytest.mark.parametrize("kernel", ["dense-4x4", "dense-4x2"])
@pytest.mark.parametrize("rows", [(0, 9), (3, 8), (4, 4)])
def test_contraction_with_starts(kernel: str, rows: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    fmt = kernel_by_name(kernel).format
    weights = rng.integers(-128, 128, (8, 1, 10)).astype(np.int8)
    bias, multiplier = rng.integers(-900, 900, (2, 8)).astype(np.int32)
    contents = {
        "a": random_bytes(rng, 12 * 12),
        "w": fmt.pack(weights, bias, np.abs(multiplier) % 25),
        "out": random_bytes(rng, 11 * 8),
        "starts": rng.integers(-30000, 30000, 12).astype("<i4").view(np.uint8),
    }
    expected = contents["out"].copy()
    tile_ops.contract(
        contents["a"],
        2,
        contents["w"],
        expected,
        1,
        rows,
        (0, 2),
        fmt=fmt,
        requant=plain(REQUANT),
        unsigned_input=True,
        starts=contents["starts"],
        taps=1,
        cin=10,
        a_pitch=12,
        out_pitch=8,
    )

    def make(e: Emitter, at: Addresses) -> TileOperation:
        places = at["a"], e.const(2), at["w"], at["out"], e.const(1)
        return ContractOp(
            *places,
            (e.const(rows[0]), e.const(rows[1])),
            (e.const(0), e.const(2)),
            kernel=kernel,
            requant=REQUANT,
            unsigned_input=True,
            starts=at["starts"],
            taps=1,
            cin=10,
            a_pitch=12,
            out_pitch=8,
        )

    program = compile_op(make, {name: len(data) for name, data in contents.items()})
    np.testing.assert_array_equal(program.run(contents, "out")[0], expected)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(packings(), st.booleans())
def test_the_parts_make_the_product(
    case: tuple[int, int, bool, bool, int, int], lhs_unsigned: bool
) -> None:
    depth, outputs, columns, unsigned, lhs_zero_point, zero_point = case
    numbers = statics(case)
    rng = np.random.default_rng(6)
    pitch, rows = (depth + 3) // 4 * 4, 5
    x: Bytes = random_bytes(rng, rows * pitch)
    src = random_bytes(rng, (depth if columns else outputs) * numbers["pitch"])
    records = -(-outputs // 4)
    w = np.zeros(records * DenseFormat(4).record_bytes(1, depth), np.uint8)
    pack_records(src, w, (0, records), outputs // 4, columns=columns, unsigned=unsigned, **numbers)
    starts, out = np.zeros(4 * rows, np.uint8), np.zeros(4 * records * rows, np.uint8)
    factor = -stored_zero_point(zero_point, unsigned)
    row_starts(
        x, 0, starts, (0, rows), depth=depth, pitch=pitch, factor=factor, unsigned=lhs_unsigned
    )
    tile_ops.contract(
        x,
        0,
        w,
        out,
        0,
        (0, rows),
        (0, records),
        fmt=DenseFormat(4),
        taps=1,
        cin=depth,
        a_pitch=pitch,
        out_pitch=4 * records,
        requant=plain(REQUANT),
        unsigned_input=lhs_unsigned,
        starts=starts,
    )
    left = x.reshape(rows, pitch)[:, :depth]
    right = src.reshape(-1, numbers["pitch"])[:, : outputs if columns else depth]
    wanted = batch_matmul(
        left if lhs_unsigned else left.view(np.int8),
        right if unsigned else right.view(np.int8),
        Requant((77,), 14, -3, -128, 127),
        lhs_zero_point=lhs_zero_point,
        rhs_zero_point=zero_point,
        transpose_rhs=not columns,
    )
    found = out.view(np.int8).reshape(rows, -1)[:, :outputs]
    np.testing.assert_array_equal(found, wanted)
