"""Packing activations as weights, and the starts of their rows."""

from xdsl.dialects import arith

from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.pack_records import Packing, build_pack
from nmc.backend.kernels.row_starts import build_row_starts, row_starts_name
from nmc.dialects.tile import PackRecordsOp, RowStartsOp
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.operands import address, offset, word


def pack_records_call(e: Emitter, op: PackRecordsOp) -> KernelCall:
    """The call of a packing."""
    spec = Packing(
        op.depth.value.data,
        op.pitch.value.data,
        op.rest.value.data,
        op.lhs_zero_point.value.data,
        op.zero_point.value.data,
        op.multiplier.value.data,
        op.columns is not None,
        op.unsigned_input is not None,
    )
    lo, hi, whole = (word(e, value) for value in (op.lo, op.hi, op.whole))
    arguments = [
        offset(e, address(e, op.src), lo, spec.source_step),
        offset(e, address(e, op.dst), lo, spec.record_bytes),
        e.sub(e.insert(arith.MinSIOp(hi, whole)), lo),
    ]
    if spec.rest:
        # Perhaps negative: a loop of no round.
        arguments.append(e.sub(hi, e.insert(arith.MaxSIOp(lo, whole))))
    return KernelCall(spec.name(), arguments, lambda: build_pack(spec))


def row_starts_call(e: Emitter, op: RowStartsOp) -> KernelCall:
    """The call that computes starts of rows."""
    statics = (
        op.depth.value.data,
        op.pitch.value.data,
        op.factor.value.data,
        op.unsigned_input is not None,
    )
    lo = word(e, op.lo)
    arguments = [
        offset(e, address(e, op.src), e.add(word(e, op.row), lo), op.pitch.value.data),
        offset(e, address(e, op.dst), lo, 4),
        e.sub(word(e, op.hi), lo),
    ]
    return KernelCall(row_starts_name(*statics), arguments, lambda: build_row_starts(*statics))
