"""The computing operation of a convolution or matrix product."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.ir import Operation, SSAValue

from nmc.backend.planning.describe import is_depthwise, is_unsigned
from nmc.backend.planning.gathering import group_pitch, strips_of
from nmc.backend.planning.work import KernelEngine, WindowWork
from nmc.dialects import qnn, tile
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.interleave import LineLayout
from nmc.passes.scheduling.operations import tile_requant

Range = tuple[SSAValue, SSAValue]
Operands = tuple[SSAValue, SSAValue, SSAValue, SSAValue, SSAValue, Range, Range]
"""im2col rows and the first of them, weights, output and its first row, rows, records."""


@dataclass(frozen=True)
class Steps:
    """How outputs and gathered rows lie.

    out_pitch: bytes from one output pixel to the next. band: as in a window plan. lines: of
    interleaved pixels; None: im2col rows are gathered, or the input is read itself.
    """

    out_pitch: int
    band: int
    lines: LineLayout | None


def contract_operation(
    op: qnn.Conv2dOp | qnn.MatmulOp,
    engine: KernelEngine,
    work: WindowWork,
    steps: Steps,
    operands: Operands,
) -> Operation:
    """`tile.contract`, or `tile.depthwise`, with the kernel of an engine."""
    lowered = engine.kernel.lower_requant(op.requant.to_requant())
    requant, unsigned = tile_requant(lowered), is_unsigned(op.input)
    if is_depthwise(op):
        return tile.DepthwiseOp(
            *operands,
            kernel=engine.name,
            taps=engine.taps,
            channels=engine.channels,
            depth_multiplier=shape_of(op.weight)[0] // engine.channels,
            tap_pitch=engine.tap_pitch,
            a_pitch=engine.row_pitch,
            out_pitch=steps.out_pitch,
            requant=requant,
            unsigned_input=unsigned,
        )
    lines, window, band = steps.lines, work.window, steps.band
    if band > 1:
        # Pixels of a group are below each other, groups beside each other.
        return tile.ContractOp(
            *operands,
            kernel=engine.name,
            taps=engine.taps,
            cin=engine.channels,
            a_pitch=window.stride[0] * window.kernel[1] * engine.tap_pitch,
            out_pitch=steps.out_pitch,
            requant=requant,
            unsigned_input=unsigned,
            a_step=group_pitch(window, engine, band),
            out_step=1,
            beside=band,
            out_lane=window.out_width,
        )
    return tile.ContractOp(
        *operands,
        kernel=engine.name,
        taps=engine.taps,
        cin=engine.channels,
        a_pitch=engine.row_pitch,
        out_pitch=steps.out_pitch,
        requant=requant,
        unsigned_input=unsigned,
        a_step=None if lines is None else lines.group_lines * lines.line_bytes,
        out_step=None if lines is None else lines.lanes * strips_of(work, lines),
    )
