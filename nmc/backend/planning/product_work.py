"""Products of two activations as the planner sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nmc.backend.kernels import ContractionKernel, KernelSet, estimates, kernel_by_name
from nmc.backend.planning.describe import is_unsigned, layer_of
from nmc.backend.planning.work import KernelEngine, Layer
from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.packing import round_up
from nmc.numerics.product_ops import CHANNELS, stored_zero_point

# Their records are packed at run time: four outputs each.
KERNELS = ("dense-4x4", "dense-4x2")


@dataclass(frozen=True)
class Factors:
    """The two factors of a product [rows][depth] x [depth][outputs].

    columns: whether the right factor lies as [depth][outputs] in memory, else [outputs][depth].
    starts: whether rows need starts, as the right factor has a zero-point. wide: the form of the
    requantisation that a dense kernel computes.
    """

    rows: int
    depth: int
    outputs: int
    columns: bool
    starts: bool
    wide: bool

    @property
    def pitch(self) -> int:
        """Bytes from one row of the left factor to the next in L1."""
        return round_up(self.depth, 4)

    @property
    def records(self) -> int:
        """Records of the right factor."""
        return -(-self.outputs // CHANNELS)

    def source_bytes(self, records: int) -> int:
        """Bytes of L1 of the source of `records` records."""
        outputs = CHANNELS * records
        return self.depth * outputs if self.columns else min(outputs, self.outputs) * self.pitch

    def engine(self, kernel: ContractionKernel) -> KernelEngine:
        """The engine with one kernel."""
        return KernelEngine(
            name=kernel.name,
            units=self.records,
            unit_channels=CHANNELS,
            unit_bytes=kernel.record_bytes(1, self.depth),
            pixels=kernel.pixels,
            taps=1,
            tap_pitch=self.depth,
            row_pitch=self.pitch,
            divisible=True,
            kernel=kernel,
            channels=self.depth,
            wide=self.wide,
        )

    def starts_cycles(self, pixels: int, rows: int, records: int) -> float:
        """What starts add to the cycles of a contraction on one core."""
        return estimates.starts(pixels, rows, records) if self.starts else 0.0


@dataclass(frozen=True)
class ProductWork:
    """Products of equal factors, `batch` of them."""

    layer: Layer
    batch: int
    factors: Factors


def factors_of(op: qnn.BatchMatmulOp) -> Factors:
    """The factors of one product of a layer."""
    rows, depth, outputs = op.sizes
    zero = stored_zero_point(op.rhs_zero_point.value.data, is_unsigned(op.rhs))
    requant = kernel_by_name(KERNELS[0]).lower_requant(op.requant.to_requant())
    columns = op.transpose_rhs is None
    return Factors(rows, depth, outputs, columns, zero != 0, requant.form == "wide")


def product_work(op: qnn.BatchMatmulOp) -> ProductWork:
    """A layer as the planner sees it."""
    return ProductWork(layer_of(op), math.prod(shape_of(op.lhs)[:-2]), factors_of(op))


def product_kernels(allowed: KernelSet | None) -> Sequence[ContractionKernel]:
    """The kernels for products, those of a set where it has any."""
    kernels = [kernel_by_name(name) for name in KERNELS]
    return kernels if allowed is None else allowed.candidates(kernels)
