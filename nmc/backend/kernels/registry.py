"""The kernels that contractions can use, and what planning asks about them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.backend.kernels import estimates
from nmc.errors import NmcError
from nmc.numerics.clamp import Clamp, clamp_of
from nmc.numerics.packing import (
    AccumulateFormat,
    Bytes,
    ChannelPairFormat,
    DenseFormat,
    DepthwiseFormat,
    DepthwiseLineFormat,
    GatherFormat,
    PairFormat,
    RecordFormat,
    SparseFormat,
    WalkFormat,
    Weights,
)
from nmc.numerics.packing.pair import GROUP
from nmc.numerics.packing.walk import AROUND
from nmc.numerics.requant import Requant

# Register blockings of the dense kernels: channels of a record x pixels in flight.
DENSE_BLOCKS: tuple[tuple[int, int], ...] = ((4, 4), (4, 2), (1, 2), (4, 1))

# The one that also comes with records that hold the constants of the clamped form.
CLAMPED_BLOCK = (4, 4)

# Interleaved pixels of the gather-and-accumulate kernels.
ACCUMULATED_LANES: tuple[int, ...] = (16, 32)

# Windows (height, width, stride) that depthwise kernels slide over lines: rows of a column fill one
# word, weights of all columns stay in registers.
LINE_WINDOWS: tuple[tuple[int, int, int], ...] = tuple(
    (height, width, stride)
    for height in (1, 2, 3, 4)
    for width in (1, 2, 3, 4)
    for stride in (1, 2)
    if height * width > 1 and stride <= width
)

# Index storage of the sparse kernels: bits of an index by M.
INDEX_BITS: dict[int, int] = {4: 2, 8: 4, 16: 4}


@dataclass(frozen=True)
class Kernel(ABC):
    """A kernel as planning sees it.

    name:    what `tile` operations and plans call it.
    format:  the byte format of its weight records.
    pixels:  output pixels in flight; rows beyond a multiple of it are done singly.
    """

    name: str
    format: RecordFormat
    pixels: int

    @property
    def channels(self) -> int:
        """Output channels of a record."""
        return self.format.channels

    def tap_pitch(self, cin: int) -> int:
        """Bytes from one tap of an im2col row to the next."""
        return self.format.tap_pitch(cin)

    def row_pitch(self, taps: int, cin: int) -> int:
        """Bytes from one im2col row to the next, a multiple of 4."""
        return self.format.row_pitch(taps, cin)

    def records(self, out_channels: int) -> int:
        """Records that hold `out_channels` output channels."""
        return self.format.records(out_channels)

    def record_bytes(self, taps: int, cin: int) -> int:
        """Bytes of one record, a multiple of 4."""
        return self.format.record_bytes(taps, cin)

    def lower_requant(self, requant: Requant) -> Requant:
        """The form in which the kernel computes a requantisation: the same bits."""
        clamped = requant.form == "clamped"
        return requant.widened() if clamped and not self.format.clamps else requant

    def pack(
        self,
        weights: NDArray[np.int8],
        bias: NDArray[np.int32],
        multiplier: NDArray[np.int32],
        clamp: Clamp | None = None,
    ) -> Bytes:
        """Bytes of int8 [O][T][I], int32 [O] and int32 [O] or [1]; see `RecordFormat.pack`."""
        return self.format.pack(weights, bias, multiplier, clamp)

    def pack_layer(
        self, weights: NDArray[np.int8], bias: NDArray[np.int32], requant: Requant
    ) -> Bytes:
        """`pack` with the constants of a requantisation."""
        lowered = self.lower_requant(requant)
        clamp = clamp_of(lowered, len(weights)) if lowered.form == "clamped" else None
        return self.pack(weights, bias, np.array(lowered.multiplier, np.int32), clamp)

    def unpack(self, data: Bytes, out_channels: int, taps: int, cin: int) -> Weights:
        """The inverse of `pack`."""
        return self.format.unpack(data, out_channels, taps, cin)

    def accesses(self, rows: int, taps: int, cin: int) -> float | None:  # noqa: ARG002 - alike
        """Accesses to L1 an instruction on `rows` rows; None: as most kernels have."""
        return None

    def record_code(self, pitch: int) -> tuple[int, int]:  # noqa: ARG002 - most have short loops
        """(instructions a record has besides `cycles`, all of a record's loop) at an output pitch.

        0 of both where the loop is short whatever the pitch.
        """
        return 0, 0

    @property
    def lines(self) -> int:
        """Lines of an instruction cache that its code takes."""
        in_flight = 4 if isinstance(self.format, AccumulateFormat) else self.pixels
        return estimates.code_lines(self.channels, in_flight)

    @abstractmethod
    def cycles(self, rows: int, records: int, taps: int, cin: int, *, wide: bool = False) -> float:
        """Estimated cycles of one core on `rows` times `records`, requantisation included.

        `wide`: the requantisation is of the wide form, whose product takes 5 cycles.
        """


@dataclass(frozen=True)
class ContractionKernel(Kernel):
    """A kernel for convolutions (on im2col rows) and matrix products.

    nm:       the N:M pattern its weights must have, None for dense.
    features: what the target must have for it beyond XpulpV2.
    """

    nm: tuple[int, int] | None = None
    features: tuple[str, ...] = ()

    def accesses(self, rows: int, taps: int, cin: int) -> float | None:
        if isinstance(self.format, WalkFormat):
            return estimates.walk_accesses(self.format)
        if isinstance(self.format, DenseFormat) and rows == 1:
            return estimates.single_row_accesses(self.format)
        if isinstance(self.format, AccumulateFormat):
            return estimates.accumulate_accesses(self.format, "xrq" in self.features, taps, cin)
        return None

    def record_code(self, pitch: int) -> tuple[int, int]:
        if isinstance(self.format, PairFormat | GatherFormat):
            return estimates.pair_record(self.pixels, pitch)
        return 0, 0

    def cycles(self, rows: int, records: int, taps: int, cin: int, *, wide: bool = False) -> float:
        fmt = self.format
        if isinstance(fmt, AccumulateFormat):
            one = "xrq" in self.features
            return estimates.accumulate(fmt, one, rows, records, taps, cin, wide=wide)
        if isinstance(fmt, PairFormat | GatherFormat):
            return estimates.pair(fmt, rows, records, taps, cin, wide=wide)
        if isinstance(fmt, WalkFormat):
            return estimates.walk(fmt, rows, records, taps, cin, wide=wide)
        if isinstance(fmt, ChannelPairFormat):
            return estimates.channel_pair(fmt, rows, records, taps, cin, wide=wide)
        if isinstance(fmt, SparseFormat):
            return estimates.sparse(fmt, bool(self.features), rows, records, taps, cin, wide=wide)
        if isinstance(fmt, DenseFormat):
            return estimates.dense(fmt, self.pixels, rows, records, taps, cin, wide=wide)
        raise TypeError(f"no estimate for {fmt}")


@dataclass(frozen=True)
class DepthwiseKernel(Kernel):
    """A kernel for depthwise convolutions; weights are [O][T][1].

    vector: it needs depth multiplier 1 (as many output channels as input channels).
    """

    vector: bool = False

    @property
    def line(self) -> DepthwiseLineFormat | None:
        """The windows that it slides over gathered lines; None: it does not."""
        return self.format if isinstance(self.format, DepthwiseLineFormat) else None

    def cycles(self, rows: int, records: int, taps: int, cin: int, *, wide: bool = False) -> float:
        del cin  # one input channel an output
        if isinstance(self.format, DepthwiseLineFormat):
            return estimates.depthwise_line(self.format, rows, records, taps, wide=wide)
        if isinstance(self.format, DepthwiseFormat):
            return estimates.depthwise(self.format, rows, records, taps, wide=wide)
        raise TypeError(f"no estimate for {self.format}")


def _dense() -> list[ContractionKernel]:
    """Register blockings CxP: C channels of a record, P pixels in flight.

    Clamped records are longer, but no product needs its high half.
    """
    channels, pixels = CLAMPED_BLOCK
    clamped = DenseFormat(channels, clamped=True)
    return [
        *(ContractionKernel(f"dense-{c}x{p}", DenseFormat(c), p) for c, p in DENSE_BLOCKS),
        ContractionKernel(f"dense-{channels}x{pixels}-clamped", clamped, pixels),
    ]


def _sparse(n: int, m: int) -> list[ContractionKernel]:
    """Kernels for weights of n non-zeros in each block of m.

    The extension counts one non-zero a block, so it serves 1:M; software takes N = 2 and 4 too
    (N divides the unrolled 8). Pairs on interleaved pixels need no extension either.
    """
    if m not in INDEX_BITS or n not in (1, 2, 4) or n >= m:
        return []
    width = INDEX_BITS[m]
    suffix = f"{n}:{m}"
    found = [
        ContractionKernel(
            f"decimate-1x2-{suffix}", SparseFormat(1, n, m, width, 1, 8), 2, nm=(n, m)
        ),
        # A distance spans less than two blocks.
        ContractionKernel(
            f"pair-1x{GROUP}-{suffix}",
            PairFormat(1, n, m, 8 if (2 * m - 1) * GROUP < 256 else 16, 1, 2),
            GROUP,
            nm=(n, m),
        ),
        ContractionKernel(
            f"spread-1x{GROUP}-{suffix}",
            PairFormat(1, n, m, 16, 1, 2, spread=True),
            GROUP,
            nm=(n, m),
        ),
    ]
    around = 2 * m <= 1 << AROUND
    walk = WalkFormat(1, n, m, AROUND, 1, 8) if around else WalkFormat(1, n, m, 8, 1, 4)
    found.append(ContractionKernel(f"walk-1x1-{suffix}", walk, 1, nm=(n, m)))
    if n == 1:
        per_word = 32 // width
        found += [
            ContractionKernel(
                f"xdecimate-1x2-{suffix}",
                SparseFormat(1, n, m, width, 2, per_word // 2),
                2,
                nm=(n, m),
                features=("xdecimate",),
            ),
            ContractionKernel(
                f"xdecimate-2x1-{suffix}",
                ChannelPairFormat(2, n, m, width, 2, per_word // 2),
                1,
                nm=(n, m),
                features=("xdecimate",),
            ),
            ContractionKernel(
                f"xdecimate-shared-1x2-{suffix}",
                SparseFormat(1, n, m, width, 1, per_word),
                2,
                nm=(n, m),
                features=("xdecimate",),
            ),
            ContractionKernel(
                f"xgather-1x{GROUP}-{suffix}",
                GatherFormat(1, n, m, width, 1, 2),
                GROUP,
                nm=(n, m),
                features=("xgather",),
            ),
        ]
    return found + _accumulating(n, m)


def _accumulating(n: int, m: int) -> list[ContractionKernel]:
    """Gather and accumulate on 16 or 32 interleaved pixels; with xrq the rest is short too."""
    width = INDEX_BITS[m]
    return [
        ContractionKernel(
            f"{name}-4x4of{lanes}-{n}:{m}",
            AccumulateFormat(4, n, m, width, 1, 32 // width, lanes),
            lanes,
            nm=(n, m),
            features=features,
        )
        for name, features in (("xgmac", ("xgmac",)), ("xgmac-xrq", ("xgmac", "xrq")))
        for lanes in ACCUMULATED_LANES
    ]


def _all_contractions() -> dict[str, ContractionKernel]:
    kernels = _dense()
    for m in INDEX_BITS:
        for n in (1, 2, 4):
            kernels += _sparse(n, m)
    return {kernel.name: kernel for kernel in kernels}


_CONTRACTIONS = _all_contractions()
_DEPTHWISE = {
    kernel.name: kernel
    for kernel in (
        DepthwiseKernel("depthwise-4", DepthwiseFormat(4), 1, vector=True),
        DepthwiseKernel("depthwise-1", DepthwiseFormat(1), 1),
        *(
            DepthwiseKernel(
                f"depthwise-line-{height}x{width}" + (f"-s{stride}" if stride > 1 else ""),
                DepthwiseLineFormat(2, height, width, stride),
                1,
                vector=True,
            )
            for height, width, stride in LINE_WINDOWS
        ),
    )
}


def kernels_for(
    nm: tuple[int, int] | None, features: Iterable[str] = ()
) -> list[ContractionKernel]:
    """Every contraction kernel that computes weights of pattern `nm` on a target.

    Dense kernels compute any weights and always come; of the sparse ones those of exactly this
    pattern whose features are all in `features`.
    """
    available = set(features)
    return [
        kernel
        for kernel in _CONTRACTIONS.values()
        if kernel.nm in (None, nm) and available.issuperset(kernel.features)
    ]


def depthwise_for(
    depth_multiplier: int, window: tuple[int, int, int] | None = None
) -> list[DepthwiseKernel]:
    """Every depthwise kernel for a number of output channels per input channel.

    window: height, width and stride of one that can slide over gathered lines; None: it cannot.
    """

    def suits(kernel: DepthwiseKernel) -> bool:
        line = kernel.line
        return line is None or (line.height, line.width, line.stride) == window

    several = depth_multiplier != 1
    return [k for k in _DEPTHWISE.values() if suits(k) and not (several and k.vector)]


def kernel_names() -> list[str]:
    """The names of all kernels."""
    return [*_CONTRACTIONS, *_DEPTHWISE]


def kernel_by_name(name: str) -> ContractionKernel:
    """The contraction kernel of a plan. Raises NmcError for an unknown name."""
    if name not in _CONTRACTIONS:
        raise NmcError(f"no kernel is called {name!r}; there are {', '.join(_CONTRACTIONS)}")
    return _CONTRACTIONS[name]


def depthwise_by_name(name: str) -> DepthwiseKernel:
    """The depthwise kernel of a plan. Raises NmcError for an unknown name."""
    if name not in _DEPTHWISE:
        raise NmcError(f"no depthwise kernel is called {name!r}; there are {', '.join(_DEPTHWISE)}")
    return _DEPTHWISE[name]
