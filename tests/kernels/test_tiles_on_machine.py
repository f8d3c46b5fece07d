"""Everything but contractions, compiled and simulated, against the semantics on bytes."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from nmc.backend.kernels import DepthwiseKernel, depthwise_by_name
from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.registry import LINE_WINDOWS
from nmc.dialects.tile import (
    AddOp,
    DepthwiseOp,
    FillOp,
    Im2colOp,
    PoolOp,
    RequantAttr,
    RequantizeOp,
    TileOperation,
    TransposeOp,
    WindowAttr,
)
from nmc.numerics import tile_ops
from nmc.numerics.packing import Bytes
from nmc.numerics.window import Window
from tests.kernels.data import line_kernel, plain, random_bytes, random_weights
from tests.kernels.harness import Addresses, compile_op

Semantics = Callable[[dict[str, Bytes]], None]

# Shrinking would compile and simulate hundreds of programs.
PHASES = (Phase.explicit, Phase.generate)

REQUANTS = (
    RequantAttr.of(12, 3, -128, 127),
    RequantAttr.of(15, -7, -7, 127),
    RequantAttr.of(10, 0, 0, 255),
    RequantAttr.of(31, 5, -128, 60),
)


def check(
    make: Callable[[Emitter, Addresses], TileOperation],
    buffers: Mapping[str, Bytes],
    result: str,
    semantics: Semantics,
) -> None:
    """The machine's and the semantics' bytes of `result` agree."""
    expected = {name: data.copy() for name, data in buffers.items()}
    semantics(expected)
    program = compile_op(make, {name: len(data) for name, data in buffers.items()})
    found, _ = program.run(buffers, result)
    np.testing.assert_array_equal(found, expected[result])


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Windows of all kinds: inside, across the border, wholly outside a small image."""
    pair = st.tuples
    kernel = draw(pair(st.integers(1, 3), st.integers(1, 3)))
    return Window(
        draw(st.integers(1, 7)),
        draw(st.integers(1, 7)),
        draw(st.sampled_from([1, 3, 4, 6, 16, 36])),
        kernel,
        draw(pair(st.integers(1, 2), st.integers(1, 2))),
        draw(pair(st.integers(0, 2), st.integers(0, 2))),
        draw(pair(st.integers(1, 2), st.integers(1, 2))),
        draw(st.integers(1, 6)),
    )


@settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
@given(
    windows(),
    st.integers(0, 5),
    st.integers(0, 3),
    st.integers(0, 4),
    st.integers(0, 20),
    st.sampled_from([1, 4, 16]),
)
def test_im2col(
    window: Window, extra_tap: int, src_row: int, first: int, pixels: int, beside: int
) -> None:
    check_im2col(window, extra_tap, src_row, first, pixels, beside)


@settings(max_examples=30, deadline=None, derandomize=True, phases=PHASES)
# Rows of a dilated window above and below the image; padding that is wider than the window.
@example((3, 4), (3, 2, 4), (2, 1), (1, 2), 3)
@example((3, 2), (2, 3, 4), (1, 4), (2, 1), 2)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 12)),
    st.tuples(st.integers(1, 5), st.integers(1, 9), st.sampled_from([1, 2, 4, 8, 20])),
    st.tuples(st.integers(0, 2), st.integers(0, 4)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.integers(0, 6),
)
def test_im2col_of_lines(
    kernel: tuple[int, int],
    image: tuple[int, int, int],
    pad: tuple[int, int],
    down: tuple[int, int],
    pixels: int,
) -> None:
    """One pixel a row: its kernel rows are runs, between padding of known length if any."""
    window = Window(*image, kernel, (down[0], 1), pad, (down[1], 1), 1)
    # From the first line on, the rows above the image included.
    above = -(-pad[0] // down[0])
    check_im2col(window, 0, 0, -above, pixels, 1)


def check_im2col(
    window: Window, extra_tap: int, src_row: int, first: int, pixels: int, beside: int
) -> None:
    tap_pitch = window.channels + extra_tap
    row_pitch = (window.taps * tap_pitch + 3) // 4 * 4 + 4 * (extra_tap > 2)
    src_row = min(src_row, window.height - 1)
    lo = pixels // 3
    rng = np.random.default_rng(5)
    margin = window.height * window.width * window.channels
    image = random_bytes(rng, margin)

    # The buffer holds rows from src_row on; pixels that need earlier rows are not asked for.
    first += -(-(src_row + window.pad[0]) // window.stride[0]) * window.out_width
    buffers = {
        "src": image[src_row * window.width * window.channels :],
        "dst": random_bytes(rng, -(-max(1, pixels) // beside) * beside * row_pitch),
    }

    def make(e: Emitter, at: Addresses) -> TileOperation:
        return Im2colOp(
            at["src"],
            at["dst"],
            e.const(first),
            e.const(src_row),
            (e.const(lo), e.const(pixels)),
            window=WindowAttr.of(window),
            tap_pitch=tap_pitch,
            row_pitch=row_pitch,
            pad_value=-3,
            interleave=beside,
        )

    def semantics(data: dict[str, Bytes]) -> None:
        tile_ops.im2col(
            data["src"],
            data["dst"],
            first,
            src_row,
            (lo, pixels),
            window=window,
            tap_pitch=tap_pitch,
            row_pitch=row_pitch,
            pad_value=0xFD,
            interleave=beside,
        )

    check(make, buffers, "dst", semantics)


@settings(max_examples=30, deadline=None, derandomize=True, phases=PHASES)
@given(
    st.sampled_from(LINE_WINDOWS),
    st.sampled_from([4, 8, 20]),
    st.integers(0, 4),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from(REQUANTS),
)
def test_depthwise_on_lines(
    window: tuple[int, int, int],
    channels: int,
    rows: int,
    line: int,
    unsigned: bool,
    requant: RequantAttr,
) -> None:
    height, width, stride = window
    kernel = line_kernel(*window)
    taps = height * ((line - 1) * stride + width)
    check_depthwise(
        kernel, height * width, taps, channels, line * channels, rows, unsigned, requant
    )


@settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
@given(
    st.sampled_from(["depthwise-4", "depthwise-1"]),
    st.sampled_from([1, 4, 9]),
    st.integers(1, 9),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from(REQUANTS),
)
def test_depthwise(
    name: str, taps: int, channels: int, rows: int, unsigned: bool, requant: RequantAttr
) -> None:
    kernel = depthwise_by_name(name)
    outputs = kernel.records(channels if kernel.vector else 2 * channels) * kernel.channels
    out_pitch = (outputs + 3) // 4 * 4
    check_depthwise(kernel, taps, taps, channels, out_pitch, rows, unsigned, requant)


def check_depthwise(
    kernel: DepthwiseKernel,
    weight_taps: int,
    taps: int,
    channels: int,
    out_pitch: int,
    rows: int,
    unsigned: bool,
    requant: RequantAttr,
) -> None:
    """Some rows, the later records; rows of `taps` taps, `weight_taps` of which are a window's."""
    depth = 1 if kernel.vector else 2
    outputs = channels * depth
    rng = np.random.default_rng(6)
    records, pitch = kernel.records(outputs), kernel.row_pitch(taps, channels)
    weights = random_weights(rng, (outputs, weight_taps, 1), None)
    bias = rng.integers(-3000, 3000, outputs).astype(np.int32)
    buffers = {
        "a": random_bytes(rng, (rows + 1) * pitch),
        "w": kernel.pack(weights, bias, np.array([17], np.int32)),
        "out": random_bytes(rng, (rows + 2) * out_pitch),
    }
    span, run = (min(1, rows), rows), (records // 2, records)

    def make(e: Emitter, at: Addresses) -> TileOperation:
        return DepthwiseOp(
            at["a"],
            e.const(1),
            at["w"],
            at["out"],
            e.const(2),
            (e.const(span[0]), e.const(span[1])),
            (e.const(run[0]), e.const(run[1])),
            kernel=kernel.name,
            taps=taps,
            channels=channels,
            depth_multiplier=depth,
            tap_pitch=kernel.tap_pitch(channels),
            a_pitch=pitch,
            out_pitch=out_pitch,
            requant=requant,
            unsigned_input=unsigned,
        )

    def semantics(data: dict[str, Bytes]) -> None:
        tile_ops.depthwise(
            data["a"],
            1,
            data["w"],
            data["out"],
            2,
            span,
            run,
            fmt=kernel.format,
            taps=taps,
            channels=channels,
            depth_multiplier=depth,
            tap_pitch=kernel.tap_pitch(channels),
            a_pitch=pitch,
            out_pitch=out_pitch,
            requant=plain(requant),
            unsigned_input=unsigned,
        )

    check(make, buffers, "out", semantics)


@settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 4),
    st.integers(0, 5),
    st.sampled_from(REQUANTS[:3]),
)
def test_pool(
    average: bool, counting: bool, unsigned: bool, groups: int, rows: int, requant: RequantAttr
) -> None:
    counted = Window(4, 5, 8, (3, 2), (1, 2), (1, 1), (1, 1), 3)
    taps, pitch = counted.taps, 16
    a_pitch, out_pitch = taps * pitch, 20
    rng = np.random.default_rng(7)
    multipliers = [9, 25, 31, 32, 40, 51] if counting else [77]
    first = 2
    buffers = {
        "a": random_bytes(rng, (rows + 1) * a_pitch),
        "out": random_bytes(rng, (rows + 1) * out_pitch),
    }
    span, run = (min(1, rows), rows), (min(1, groups), groups)
    window = counted if counting else None

    def make(e: Emitter, at: Addresses) -> TileOperation:
        return PoolOp(
            at["a"],
            e.const(1),
            at["out"],
            e.const(1),
            e.const(first),
            (e.const(span[0]), e.const(span[1])),
            (e.const(run[0]), e.const(run[1])),
            kind="avg" if average else "max",
            taps=taps,
            tap_pitch=pitch,
            a_pitch=a_pitch,
            out_pitch=out_pitch,
            unsigned_input=unsigned,
            input_zero_point=-5 if average else None,
            multipliers=multipliers if average else None,
            requant=requant if average else None,
            counted=WindowAttr.of(counted) if average and counting else None,
        )

    def semantics(data: dict[str, Bytes]) -> None:
        if not average:
            tile_ops.pool_max(
                data["a"],
                1,
                data["out"],
                1,
                span,
                run,
                taps=taps,
                tap_pitch=pitch,
                a_pitch=a_pitch,
                out_pitch=out_pitch,
                unsigned_input=unsigned,
            )
            return
        tile_ops.pool_average(
            data["a"],
            1,
            data["out"],
            1,
            first,
            span,
            run,
            taps=taps,
            tap_pitch=pitch,
            a_pitch=a_pitch,
            out_pitch=out_pitch,
            input_zero_point=-5,
            multipliers=np.array(multipliers),
            counted=window,
            requant=plain(requant),
            unsigned_input=unsigned,
        )

    check(make, buffers, "out", semantics)


@settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
@given(
    st.integers(0, 3),
    st.integers(0, 40),
    st.sampled_from(REQUANTS),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.integers(-(2**21) + 1, 2**21 - 1), st.integers(0, 2**21 - 1)),
)
def test_add(
    lo: int,
    size: int,
    requant: RequantAttr,
    unsigned: tuple[bool, bool],
    multipliers: tuple[int, int],
) -> None:
    rng = np.random.default_rng(8)
    buffers = {name: random_bytes(rng, size + 8) for name in ("a", "b", "out")}
    span = (lo, max(lo, size))
    constants = {
        "a_zero_point": 100,
        "b_zero_point": -128,
        "a_multiplier": multipliers[0],
        "b_multiplier": multipliers[1],
    }
    signs = {"a_unsigned": unsigned[0], "b_unsigned": unsigned[1]}

    def make(e: Emitter, at: Addresses) -> TileOperation:
        bounds = (e.const(span[0]), e.const(span[1]))
        return AddOp(at["a"], at["b"], at["out"], bounds, requant=requant, **constants, **signs)

    def semantics(data: dict[str, Bytes]) -> None:
        tile_ops.add(
            data["a"], data["b"], data["out"], span, requant=plain(requant), **constants, **signs
        )

    check(make, buffers, "out", semantics)


@settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
@given(
    st.integers(0, 30),
    st.sampled_from([*REQUANTS, RequantAttr.of(45, 5, -128, 127, "wide")]),
    st.booleans(),
)
def test_requantize(size: int, requant: RequantAttr, unsigned: bool) -> None:
    rng = np.random.default_rng(9)
    buffers = {name: random_bytes(rng, size + 8) for name in ("src", "out")}
    multiplier = 2**30 + 12345 if requant.kind == "wide" else 2**21 - 7
    span = (1, 1 + size)

    def make(e: Emitter, at: Addresses) -> TileOperation:
        return RequantizeOp(
            at["src"],
            at["out"],
            (e.const(span[0]), e.const(span[1])),
            input_zero_point=17,
            multiplier=multiplier,
            requant=requant,
            unsigned_input=unsigned,
        )

    def semantics(data: dict[str, Bytes]) -> None:
        tile_ops.requantize(
            data["src"],
            data["out"],
            span,
            input_zero_point=17,
            multiplier=multiplier,
            requant=plain(requant),
            unsigned_input=unsigned,
        )

    check(make, buffers, "out", semantics)


@pytest.mark.parametrize("span", [(0, 0), (1, 2), (3, 25)])
def test_fill(span: tuple[int, int]) -> None:
    buffers = {"dst": random_bytes(np.random.default_rng(1), 30)}

    def make(e: Emitter, at: Addresses) -> TileOperation:
        return FillOp(at["dst"], (e.const(span[0]), e.const(span[1])), value=-2)

    check(make, buffers, "dst", lambda data: tile_ops.fill(data["dst"], span, value=0xFE))


@pytest.mark.parametrize(
    ("rows", "columns", "size", "span"),
    [(3, 5, 1, (1, 4)), (4, 4, 7, (0, 4)), (2, 3, 40, (0, 2)), (1, 6, 4, (2, 2))],
)
def test_transpose(rows: int, columns: int, size: int, span: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    total = rows * columns * size
    buffers = {"src": random_bytes(rng, total), "dst": random_bytes(rng, total)}

    def make(e: Emitter, at: Addresses) -> TileOperation:
        bounds = (e.const(span[0]), e.const(span[1]))
        return TransposeOp(
            at["src"], at["dst"], bounds, rows=rows, columns=columns, element_bytes=size
        )

    def semantics(data: dict[str, Bytes]) -> None:
        tile_ops.transpose(
            data["src"], data["dst"], span, rows=rows, columns=columns, element_bytes=size
        )

    check(make, buffers, "dst", semantics)
