"""Layers as the planner sees them: sizes and geometry, without IR."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property

from nmc.backend.kernels import Kernel, estimates
from nmc.numerics.packing import round_up
from nmc.numerics.window import Window


@dataclass(frozen=True)
class Layer:
    """What reports say about a layer, whatever computes it.

    shape: the output's shape. macs: dense multiply-accumulates. nonzeros: stored weights other
    than zero.
    """

    name: str
    op: str
    shape: tuple[int, ...]
    macs: int = 0
    nonzeros: int = 0


@dataclass(frozen=True)
class Engine(ABC):
    """What computes a window layer's outputs: rows (output pixels) times units of channels.

    units: how many units (weight records, groups of four channels) the layer has.
    unit_channels: output channels of a unit. unit_bytes: bytes of a unit's weights.
    pixels: output pixels the kernel has in flight; it deals with a rest singly.
    taps, tap_pitch, row_pitch: layout of an im2col row.
    divisible: whether the units can be computed in several tiles.
    outputs: output pixels beside each other that one row gives, a line of the image; 1 for most.
    """

    name: str
    units: int
    unit_channels: int
    unit_bytes: int
    pixels: int
    taps: int
    tap_pitch: int
    row_pitch: int
    divisible: bool

    @property
    def interleave(self) -> int:
        """Pixels whose im2col rows are interleaved: im2col buffers hold whole such groups."""
        return 1

    @property
    def outputs(self) -> int:
        return 1

    def accesses(self, rows: int) -> float | None:  # noqa: ARG002 - most are alike
        """Accesses to L1 an instruction on `rows` rows; None: as most kernels have."""
        return None

    @property
    @abstractmethod
    def lines(self) -> int:
        """Lines of an instruction cache that its code takes."""

    @abstractmethod
    def cycles(self, rows: int, units: int) -> float:
        """Estimated cycles of one core on `rows` times `units`."""


@dataclass(frozen=True)
class KernelEngine(Engine):
    """A kernel of the registry on weight records; `wide`: it requantises in the wide form.

    besides: cycles that a record takes besides for each group of pixels, and for a ragged one.
    line: `outputs`.
    """

    kernel: Kernel
    channels: int
    wide: bool = False
    besides: tuple[float, float] = (0.0, 0.0)
    line: int = 1

    @property
    def outputs(self) -> int:
        return self.line

    @property
    def interleave(self) -> int:
        return self.kernel.format.interleave

    def accesses(self, rows: int) -> float | None:
        return self.kernel.accesses(rows, self.taps, self.channels)

    @property
    def lines(self) -> int:
        return self.kernel.lines

    def cycles(self, rows: int, units: int) -> float:
        if rows <= 0 or units <= 0:
            return 0.0
        groups, rest = divmod(rows, self.pixels)
        besides = units * (groups * self.besides[0] + (rest > 0) * self.besides[1])
        return besides + self.kernel.cycles(rows, units, self.taps, self.channels, wide=self.wide)


@dataclass(frozen=True)
class PoolEngine(Engine):
    """Pooling: a unit is a group of four channels. readers: see `estimates.pool`."""

    kind: str
    readers: int = 1

    @property
    def lines(self) -> int:
        return estimates.POOL_LINES[self.kind]

    def cycles(self, rows: int, units: int) -> float:
        if rows <= 0 or units <= 0:
            return 0.0
        return estimates.pool(self.kind, self.taps, rows, units, self.readers)


@dataclass(frozen=True)
class PadEngine(Engine):
    """Padding: the gathered row is the output."""

    @property
    def lines(self) -> int:
        return 0

    def cycles(self, rows: int, units: int) -> float:  # noqa: ARG002 - gathering is all
        return 0.0


@dataclass(frozen=True)
class WindowWork:
    """A layer that computes each output pixel from a window of its input.

    out_height: rows of output; a row has window.out_width pixels of out_channels channels.
    adds: whether another activation, of the output's shape, is added to what is computed.
    """

    layer: Layer
    window: Window
    out_height: int
    out_channels: int
    adds: bool = False

    @property
    def pixels(self) -> int:
        """Output pixels of the layer."""
        return self.out_height * self.window.out_width

    def input_span(self, first: int, rows: int) -> tuple[int, int]:
        """The input rows [lo, hi) that output rows [first, first + rows) read, at least one row.

        Rows of padding are not counted; the formulas of the code `tile` writes are the same.
        """
        w = self.window
        reach = (w.kernel[0] - 1) * w.dilation[0] + 1
        low = first * w.stride[0] - w.pad[0]
        high = (first + rows - 1) * w.stride[0] - w.pad[0] + reach
        low = min(max(low, 0), w.height - 1)
        return low, max(min(high, w.height), low + 1)

    def input_rows(self, rows: int) -> int:
        """The most input rows that any tile of `rows` output rows reads."""
        if rows not in self._input_rows:
            starts = range(0, self.out_height, rows)
            spans = (self.input_span(s, min(rows, self.out_height - s)) for s in starts)
            self._input_rows[rows] = max(high - low for low, high in spans)
        return self._input_rows[rows]

    @cached_property
    def _input_rows(self) -> dict[int, int]:
        """What `input_rows` has worked out: a search asks for the same few thousands of times."""
        return {}

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of input."""
        return self.window.width * self.window.channels

    def seen_by(self, engine: Engine) -> WindowWork:
        """The work in the rows of an engine: where a row is a line, of windows as wide as it."""
        if engine.outputs == 1:
            return self
        w = self.window
        columns = engine.taps // w.kernel[0]
        window = replace(w, kernel=(w.kernel[0], columns), out_width=1)
        return replace(self, window=window, out_channels=self.out_channels * engine.outputs)

    def is_direct(self, engine: Engine) -> bool:
        """Whether an output pixel's im2col row is a run of the input itself.

        So it is for 1x1 windows without stride and padding, and for a window that is the whole
        image.
        """
        w = self.window
        if engine.interleave > 1:
            return False
        if engine.row_pitch != engine.taps * w.channels or engine.tap_pitch != w.channels:
            return False
        plain = (w.kernel, w.stride, w.pad) == ((1, 1), (1, 1), (0, 0))
        # Padding at the bottom or right makes the output larger than the input.
        same = plain and (self.out_height, w.out_width) == (w.height, w.width)
        return same or (
            w.kernel == (w.height, w.width)
            and w.pad == (0, 0)
            and w.dilation == (1, 1)
            and self.pixels == 1
        )


@dataclass(frozen=True)
class FlatWork:
    """A layer over a flat range of positions (bytes, pixels or columns), each the same work.

    positions: how many. in_bytes: bytes of each input at a position. out_bytes: bytes of output
    at a position. step: positions are dealt to cores in multiples of this. position_cycles:
    cycles of a position on one core; the layer runs `repeats` times over the range.
    sources: labels of the input buffers. computes: False where bytes only pass through one
    buffer, whose transfers cannot overlap. fixed_bytes: of a table that is loaded once and stays.
    code_lines: of the kernel. in_lines: lines in which a tile comes in, one behind the other; 1: it
    is consecutive. element: bytes that a position has in each of the lines, where it is transposed.
    """

    layer: Layer
    kernel: str
    positions: int
    in_bytes: tuple[int, ...]
    out_bytes: int
    step: int
    position_cycles: float
    sources: tuple[str, ...]
    repeats: int = 1
    computes: bool = True
    fixed_bytes: int = 0
    code_lines: int = 0
    in_lines: int = 1
    element: int = 0


def out_pitch(engine: Engine, units: int) -> int:
    """Bytes from one output pixel to the next in the tile of `units` units."""
    return round_up(units * engine.unit_channels, 4) * engine.outputs


def without_gaps(engine: Engine, units: int, channels: int) -> bool:
    """Whether tiles of `units` units of `channels` outputs in all lie without gaps."""
    width = engine.unit_channels * engine.outputs
    return (
        engine.units * width == channels
        and engine.units % units == 0
        and units * width == out_pitch(engine, units)
    )


def out_bytes(engine: Engine, pixels: int, tile_units: int, whole: bool, last_units: int) -> int:
    """Bytes of the output tile of `pixels` rows.

    `whole`: it holds all units, and tiles of `tile_units` are written into it through views of one
    size; a last tile of `last_units` then needs room for what its view is longer.
    """
    if not whole:
        return pixels * out_pitch(engine, tile_units)
    spare = (tile_units - last_units) * engine.unit_channels
    return pixels * out_pitch(engine, engine.units) + spare
