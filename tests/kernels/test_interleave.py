"""`tile.interleave` compiled and simulated, against the semantics on bytes and on pixels."""

from functools import partial

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nmc.backend.kernels import estimates
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import InterleaveOp
from nmc.numerics import tile_ops
from nmc.numerics.interleave import LineLayout, interleave
from nmc.numerics.packing import Bytes
from nmc.numerics.window import Window
from tests.kernels.data import random_bytes
from tests.kernels.harness import Addresses, Program, compile_op
from tests.kernels.test_inner_loops import loop_bodies

PHASES = (Phase.explicit, Phase.generate)
PAD = 0xFD


@st.composite
def geometries(draw: st.DrawFn) -> LineLayout:
    """Windows of all kinds: inside, across the border, wholly outside a small image."""
    pair = st.tuples
    rows, columns = draw(st.sampled_from([(1, 16), (2, 8), (4, 4), (8, 2), (16, 1), (1, 4)]))
    shared = draw(st.booleans())
    window = Window(
        draw(st.integers(1, 9)),
        draw(st.integers(1, 20)),
        draw(st.sampled_from([1, 3, 4, 6, 16, 36])),
        draw(pair(st.integers(1, 3), st.integers(1, 3))),
        draw(pair(st.integers(1, 2), st.integers(1, 2))),
        draw(pair(st.integers(0, 2), st.integers(0, 2))),
        (1 if shared else draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        columns * draw(st.integers(1, 2)),
    )
    extra = draw(st.integers(0, 5))
    slab = tap_pitch = window.channels + extra
    if extra == 0 and window.channels % 4 == 0:
        slab = draw(st.sampled_from([s for s in (4, 12, 16, 36) if window.channels % s == 0]))
    return LineLayout(window, rows, columns, shared, tap_pitch, slab)


def program(
    lines: LineLayout, first: int, rows: tuple[int, int], slabs: tuple[int, int]
) -> Program:
    sizes = {name: len(data) for name, data in buffers(lines, rows, slabs).items()}

    def make(e: Emitter, at: Addresses) -> InterleaveOp:
        return InterleaveOp(
            at["src"],
            at["pad"],
            at["dst"],
            e.const(first),
            (e.const(rows[0]), e.const(rows[1])),
            (e.const(slabs[0]), e.const(slabs[1])),
            lines=lines,
            pad_value=PAD,
        )

    return compile_op(make, sizes)


def buffers(lines: LineLayout, rows: tuple[int, int], slabs: tuple[int, int]) -> dict[str, Bytes]:
    rng = np.random.default_rng(5)
    window = lines.window
    # The slabs of a line take turns in each kernel column; a slab more would show a store too far.
    touched = -(-slabs[1] // lines.line_slabs) * lines.line_bytes
    return {
        "src": random_bytes(rng, (rows[1] - rows[0]) * window.width * window.channels),
        "pad": random_bytes(rng, window.channels),
        "dst": random_bytes(rng, touched + lines.slab * lines.lanes),
    }


@settings(max_examples=25, deadline=None, derandomize=True, phases=PHASES)
@given(geometries(), st.integers(0, 3), st.integers(0, 4), st.data())
def test_the_machine_writes_the_bytes_of_the_semantics(
    lines: LineLayout, src_row: int, first: int, data: st.DataObject
) -> None:
    window = lines.window
    rows = (min(src_row, window.height - 1), window.height)
    # The buffer holds rows from the first one on that is asked for.
    first_row = -(-(rows[0] + window.pad[0]) // window.stride[0])
    pixel = (first_row + first) * window.out_width + data.draw(
        st.sampled_from(range(0, window.out_width, lines.columns))
    )
    most = lines.lines(3) * lines.line_slabs
    lo = data.draw(st.integers(0, most))
    slabs = (lo, min(most, lo + data.draw(st.integers(0, 12))))
    given_ = buffers(lines, rows, slabs)
    expected = {name: values.copy() for name, values in given_.items()}
    interleave(
        expected["src"],
        expected["pad"],
        expected["dst"],
        pixel,
        rows,
        slabs,
        lines=lines,
        pad_value=PAD,
    )
    found, _ = program(lines, pixel, rows, slabs).run(given_, "dst")
    np.testing.assert_array_equal(found, expected["dst"])


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (LineLayout(Window(8, 32, 64, (3, 3), (1, 1), (1, 1), (1, 1), 32), 1, 16, True, 64, 64), 4),
        (LineLayout(Window(8, 8, 64, (3, 3), (1, 1), (1, 1), (1, 1), 8), 2, 8, True, 64, 16), 3),
        (LineLayout(Window(9, 4, 96, (3, 3), (2, 2), (1, 1), (1, 1), 4), 4, 4, False, 96, 48), 1),
    ],
)
def test_a_byte_in_little_more_than_a_cycle(lines: LineLayout, groups: int) -> None:
    """18 instructions for 16 bytes; around them what the estimate says."""
    rows, slabs = (0, lines.window.height), (0, lines.lines(groups) * lines.line_slabs)
    compiled = program(lines, 0, rows, slabs)
    inner = loop_bodies(compiled.assembly(), "interleave_")
    assert any(len(body) == 18 for body in inner)
    assert not any(line.startswith("mv") for body in inner for line in body)
    _, measured = compiled.run(buffers(lines, rows, slabs), "dst")
    cycles = next(s.cycles for s in measured.symbols if s.name.startswith("interleave_"))
    assert estimates.interleave(lines, slabs[1]) == pytest.approx(cycles, rel=0.1)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("columns", "stride", "out_width"), [(16, 1, 32), (8, 2, 8), (4, 1, 4)])
def test_the_window_of_a_group_is_its_im2col_rows(
    shared: bool, columns: int, stride: int, out_width: int
) -> None:
    """Both operations say the same of whole groups: the lines of a group are its rows."""
    window = Window(20, out_width * stride, 5, (3, 3), (stride, stride), (1, 1), (1, 1), out_width)
    lines = LineLayout(window, 16 // columns, columns, shared, 8, 8)
    src = random_bytes(np.random.default_rng(0), 20 * out_width * stride * 5)
    pad = np.full(5, PAD, np.uint8)
    groups = 2
    dst = np.zeros(lines.lines(groups) * lines.line_bytes, np.uint8)
    slabs = (0, lines.lines(groups) * lines.line_slabs)
    interleave(src, pad, dst, 0, (0, 20), slabs, lines=lines, pad_value=PAD)
    size = 9 * 8 * 16
    for group in range(groups):
        rows = np.zeros(size, np.uint8)
        im2col = partial(tile_ops.im2col, window=window, tap_pitch=8, row_pitch=72, pad_value=PAD)
        for lane in range(16):
            down, across = divmod(lane, columns)
            first = (group * lines.rows + down) * out_width + across
            one = np.zeros(72, np.uint8)
            im2col(src, one, first, 0, (0, 1))
            rows[lane::16] = one
        start = group * lines.group_lines * lines.line_bytes
        np.testing.assert_array_equal(dst[start : start + size], rows)
