"""Operations on rows."""

from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.softmax import Softmax, build_softmax
from nmc.dialects.tile import SoftmaxOp
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.operands import address, offset, word


def softmax_call(e: Emitter, op: SoftmaxOp) -> KernelCall:
    """The call of a softmax."""
    length, pitches = op.length.value.data, op.pitches
    spec = Softmax(op.params(), length, *pitches, op.unsigned_input is not None)
    lo = word(e, op.lo)
    src, out = (
        offset(e, address(e, buffer), lo, pitch)
        for buffer, pitch in zip((op.src, op.out), pitches, strict=True)
    )
    arguments = [src, address(e, op.table), out, e.sub(word(e, op.hi), lo)]
    return KernelCall(spec.name(), arguments, lambda: build_softmax(spec))
