"""Contractions, depthwise convolutions and pooling: rows times records."""

from xdsl.ir import SSAValue

from nmc.backend.kernels import depthwise_by_name, kernel_by_name
from nmc.backend.kernels.builders import (
    build_contraction,
    build_depthwise_kernel,
    contraction_name,
    depthwise_name,
)
from nmc.backend.kernels.contract_dense import Contraction
from nmc.backend.kernels.depthwise import Depthwise
from nmc.backend.kernels.emitter import Emitter, known
from nmc.backend.kernels.finish import constants_in_code
from nmc.backend.kernels.pool import Pool, build_pool
from nmc.dialects.tile import ContractOp, DepthwiseOp, PoolOp, RowsTimesRecords
from nmc.errors import NmcError
from nmc.numerics.packing import DenseFormat, DepthwiseLineFormat
from nmc.numerics.tile_ops import PixelGroups
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.operands import address, offset, word

# Which argument of a contraction kernel says how many rows there are.
ROWS = 3


def _block(
    e: Emitter,
    op: RowsTimesRecords,
    record_bytes: int,
    channels: int,
    groups: PixelGroups,
) -> tuple[list[SSAValue], SSAValue]:
    """Arguments a, w, out, rows, records from the first row and record on; the first record.

    Rows come in `groups`, whose sizes are powers of two.
    """
    lo, first = word(e, op.lo), word(e, op.rlo)
    shift = groups.pixels.bit_length() - 1
    group = e.shru(e.add(word(e, op.a_row), lo), shift)
    a = offset(e, address(e, op.a), group, groups.a_step)
    w = offset(e, address(e, op.w), first, record_bytes)
    out_row = offset(e, word(e, op.out_row), e.shru(lo, shift), groups.out_step)
    out = offset(e, address(e, op.out), out_row, op.out_pitch.value.data)
    out = offset(e, out, first, channels)
    rows = e.sub(word(e, op.hi), lo)
    records = e.sub(word(e, op.rhi), first)
    return [a, w, out, rows, records], first


def contract_call(e: Emitter, op: ContractOp) -> KernelCall:
    """The call of a contraction kernel."""
    kernel = kernel_by_name(op.kernel.data)
    taps, cin = op.taps.value.data, op.cin.value.data
    groups = op.groups(kernel.format.interleave)
    dense = isinstance(kernel.format, DenseFormat)
    if op.beside is not None and not (dense and kernel.pixels == groups.pixels):
        raise NmcError(
            f"tile.contract: kernel {kernel.name} does not take groups of {groups.pixels} pixels; "
            f"beside must be the pixels a dense kernel has in flight"
        )
    if op.starts is not None and not (dense and groups.pixels == 1):
        raise NmcError(
            f"tile.contract: kernel {kernel.name} takes no starts of rows; choose a dense kernel"
        )
    sizes = kernel.record_bytes(taps, cin), kernel.channels
    arguments, _ = _block(e, op, *sizes, groups)
    single = kernel.pixels == 1 and known(arguments[ROWS]) == 1
    spec = Contraction(
        taps,
        cin,
        op.a_pitch.value.data,
        op.out_pitch.value.data,
        constants_in_code(op.requant),
        op.unsigned_input is not None,
        groups,
        op.starts is not None,
        single,
    )
    if op.starts is not None:
        row = e.add(word(e, op.a_row), word(e, op.lo))
        arguments.append(offset(e, address(e, op.starts), row, 4))
    return KernelCall(
        contraction_name(kernel, spec), arguments, lambda: build_contraction(kernel, spec)
    )


def depthwise_call(e: Emitter, op: DepthwiseOp) -> KernelCall:
    """The call of a depthwise kernel."""
    kernel = depthwise_by_name(op.kernel.data)
    spec = Depthwise(
        op.taps.value.data,
        op.depth_multiplier.value.data,
        op.tap_pitch.value.data,
        op.a_pitch.value.data,
        op.out_pitch.value.data,
        op.requant,
        op.unsigned_input is not None,
    )
    if kernel.line is not None:
        _check_line(kernel.name, kernel.line, spec)
    sizes = kernel.record_bytes(spec.taps, 1), kernel.channels
    arguments, first = _block(e, op, *sizes, PixelGroups(1, spec.a_pitch, 1))
    return KernelCall(
        depthwise_name(kernel, spec),
        [*arguments, first],
        lambda: build_depthwise_kernel(kernel, spec),
    )


def _check_line(name: str, line: DepthwiseLineFormat, spec: Depthwise) -> None:
    """Raises NmcError where a row is not a line that the kernel's window can slide over."""
    outputs = line.outputs(spec.taps)
    if not outputs or spec.out_pitch % outputs or spec.depth_multiplier != 1:
        raise NmcError(
            f"tile.depthwise: kernel {name} takes rows of taps {line.taps(1)}, {line.taps(2)}, "
            f"{line.taps(3)} and so on for 1, 2, 3 outputs, an out_pitch of as many equal parts, "
            f"and depth_multiplier 1; got taps {spec.taps}, out_pitch {spec.out_pitch}, "
            f"depth_multiplier {spec.depth_multiplier}"
        )


def pool_call(e: Emitter, op: PoolOp) -> KernelCall:
    """The call of a pooling kernel."""
    spec = Pool(
        op.taps.value.data,
        op.tap_pitch.value.data,
        op.a_pitch.value.data,
        op.out_pitch.value.data,
        op.unsigned_input is not None,
    )
    if op.requant is not None and op.multipliers is not None and op.input_zero_point is not None:
        spec = Pool(
            spec.taps,
            spec.tap_pitch,
            spec.a_pitch,
            spec.out_pitch,
            spec.unsigned_input,
            op.input_zero_point.value.data,
            op.multiplier_values,
            op.requant,
            None if op.counted is None else op.counted.window,
        )
    lo, first = word(e, op.lo), word(e, op.glo)
    a = offset(e, address(e, op.a), e.add(word(e, op.a_row), lo), spec.a_pitch)
    out = offset(e, address(e, op.out), e.add(word(e, op.out_row), lo), spec.out_pitch)
    arguments = [
        offset(e, a, first, 4),
        offset(e, out, first, 4),
        e.sub(word(e, op.hi), lo),
        e.sub(word(e, op.ghi), first),
        e.add(word(e, op.first_pixel), lo),
    ]
    return KernelCall(spec.name(), arguments, lambda: build_pool(spec))
