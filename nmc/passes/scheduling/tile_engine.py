"""The engine of a layer, read back from the tile operations of its code."""

from __future__ import annotations

from nmc.backend.kernels import Kernel, depthwise_by_name, kernel_by_name
from nmc.backend.planning.plans import ProductPlan, WindowPlan
from nmc.backend.planning.work import Engine, KernelEngine, PoolEngine
from nmc.dialects import cluster, tile
from nmc.passes.scheduling.constants import constant_index


def engine_of_layer(layer: cluster.LayerOp) -> Engine | None:
    """What computes a layer, by its first computing operation; None for plain data movement."""
    for op in layer.body.walk():
        match op:
            case tile.ContractOp():
                kernel = kernel_by_name(op.kernel.data)
                return _kernel_engine(op, kernel, op.cin.value.data)
            case tile.DepthwiseOp():
                kernel = depthwise_by_name(op.kernel.data)
                return _kernel_engine(op, kernel, op.channels.value.data)
            case tile.PoolOp():
                units = constant_index(op.ghi) or 1
                taps, pitch = op.taps.value.data, op.tap_pitch.value.data
                kind = op.kind.data
                return PoolEngine(
                    f"pool-{kind}", units, 4, 0, 1, taps, pitch, taps * pitch, False, kind
                )
            case _:
                pass
    return None


def _kernel_engine(op: tile.RowsTimesRecords, kernel: Kernel, channels: int) -> KernelEngine:
    taps = op.taps.value.data
    return KernelEngine(
        kernel.name,
        constant_index(op.rhi) or 1 << 30,
        kernel.channels,
        0,
        kernel.pixels,
        taps,
        kernel.tap_pitch(channels),
        op.a_pitch.value.data,
        True,
        kernel,
        channels,
        op.requant.kind == "wide",
    )


def rows_of_layer(layer: cluster.LayerOp, plan: WindowPlan | ProductPlan) -> int:
    """Output pixels that are computed at a time: an im2col group, or a tile of rows."""
    if isinstance(plan, WindowPlan) and plan.group:
        return plan.group
    for op in layer.body.walk():
        if isinstance(op, tile.RowsTimesRecords):
            return constant_index(op.hi) or plan.tile_rows
        if isinstance(op, tile.PoolOp):
            return constant_index(op.hi) or plan.tile_rows
    return plan.tile_rows
