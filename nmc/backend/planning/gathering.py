"""How a window layer's inputs are gathered.

In im2col rows pixel after pixel, in such rows of a band of output rows together, or in lines of
interleaved pixels.
"""

from __future__ import annotations

from dataclasses import replace

from nmc.backend.kernels import estimates
from nmc.backend.planning.work import Engine, KernelEngine, WindowWork
from nmc.numerics.interleave import LineLayout
from nmc.numerics.packing import DenseFormat
from nmc.numerics.window import Window

# Into how many chunks the channels of a tap are cut where that deals lines more evenly.
CHUNKS = (1, 2, 4, 8, 16)


def lines_of(work: WindowWork, engine: Engine, pixels: int) -> LineLayout | None:
    """The lines that hold groups of `pixels` output pixels of a strip; None for im2col rows.

    A strip is as many columns of output pixels as a group has lanes, or the whole width. Rows of
    output pixels that neither are whole groups nor fill one take im2col rows.
    """
    lanes, width = engine.interleave, work.window.out_width
    if lanes == 1 or (width % lanes and lanes % width):
        return None
    columns = min(width, lanes)
    rows, window = lanes // columns, work.window
    several = pixels > lanes
    shared = several and rows * window.stride[0] < window.kernel[0] and window.dilation[0] == 1
    return LineLayout(window, rows, columns, shared, engine.tap_pitch, engine.tap_pitch)


def strips_of(work: WindowWork, lines: LineLayout) -> int:
    """Strips beside each other in the output."""
    return work.window.out_width // lines.columns


def dealt(lines: LineLayout, groups: int, cores: int) -> LineLayout:
    """The same lines with the slabs that let `cores` cores gather `groups` groups fastest."""

    def cycles(layout: LineLayout) -> float:
        slabs = layout.lines(groups) * layout.line_slabs
        return estimates.interleave(layout, -(-slabs // cores))

    channels = lines.window.channels
    cut = [1] if lines.tap_pitch > channels else CHUNKS
    slabs = [lines.tap_pitch // n for n in cut if n == 1 or channels % (4 * n) == 0]
    return min((replace(lines, slab=slab) for slab in slabs), key=cycles)


def bands_of(work: WindowWork, engine: Engine) -> int:
    """How many output rows can be gathered together, 1 if none can.

    Pixels below each other read kernel rows they have in common: the rows of as many as the kernel
    has in flight, gathered once, are what a taller window reads. Each pixel's part has to be a
    whole im2col row that begins at a word.
    """
    window, pixels = work.window, engine.pixels
    down = window.stride[0] * window.kernel[1] * window.channels
    fits = (
        isinstance(engine, KernelEngine)
        and isinstance(engine.kernel.format, DenseFormat)
        and engine.divisible
        and engine.row_pitch == engine.taps * window.channels
        and down % 4 == 0
    )
    shares = window.stride[0] < window.kernel[0] and window.dilation[0] == 1
    return pixels if fits and shares and work.out_height % pixels == 0 else 1


def banded(window: Window, band: int) -> Window:
    """The window whose pixels are groups of `band` output pixels below each other."""
    if band == 1:
        return window
    down = window.stride[0]
    kernel = ((band - 1) * down + window.kernel[0], window.kernel[1])
    return replace(window, kernel=kernel, stride=(band * down, window.stride[1]))


def group_pitch(window: Window, engine: Engine, band: int) -> int:
    """Bytes from one gathered group of `band` pixels to the next."""
    if band == 1:
        return engine.row_pitch
    return banded(window, band).taps * engine.tap_pitch


def gathered_bytes(work: WindowWork, engine: Engine, pixels: int, band: int = 1) -> int:
    """Bytes of L1 that hold the gathered inputs of `pixels` output pixels."""
    if band > 1:
        return pixels // band * group_pitch(work.window, engine, band)
    lines = lines_of(work, engine, pixels)
    if lines is None:
        return pixels * engine.row_pitch
    return lines.lines(-(-pixels // lines.lanes)) * lines.line_bytes
