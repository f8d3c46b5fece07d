"""Operations on rows."""

from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.layer_norm import LayerNorm, build_layer_norm
from nmc.backend.kernels.softmax import Softmax, build_softmax
from nmc.dialects.tile import LayerNormOp, RowOperation, SoftmaxOp
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.operands import address, offset, word


def _arguments(e: Emitter, op: RowOperation, shared: SSAValue) -> list[SSAValue]:
    """Arguments src, what all rows share, out, rows, from the first row on."""
    lo = word(e, op.lo)
    src, out = (
        offset(e, address(e, buffer), lo, pitch)
        for buffer, pitch in zip((op.src, op.out), op.pitches, strict=True)
    )
    return [src, address(e, shared), out, e.sub(word(e, op.hi), lo)]


def softmax_call(e: Emitter, op: SoftmaxOp) -> KernelCall:
    """The call of a softmax."""
    unsigned = op.unsigned_input is not None
    spec = Softmax(op.params(), op.length.value.data, *op.pitches, unsigned)
    return KernelCall(spec.name(), _arguments(e, op, op.table), lambda: build_softmax(spec))


def layer_norm_call(e: Emitter, op: LayerNormOp) -> KernelCall:
    """The call of a layer normalisation."""
    spec = LayerNorm(op.params(), *op.pitches, op.unsigned_input is not None)
    return KernelCall(spec.name(), _arguments(e, op, op.weights), lambda: build_layer_norm(spec))
