"""Removing instructions whose results nobody reads."""

from xdsl.dialects import rv32
from xdsl.ir import Block, Operation
from xdsl.traits import is_speculatable

from .folding import LOADS
from .registers import UNALLOCATED


def drop_dead(block: Block) -> None:
    """Erase unused instructions without effects in a block of virtual registers and below."""
    for op in reversed(list(block.ops)):
        if op.results and not any(result.first_use for result in op.results) and _is_pure(op):
            op.detach()
            op.erase()
            continue
        for region in op.regions:
            drop_dead(region.block)


def _is_pure(op: Operation) -> bool:
    if isinstance(op, rv32.GetRegisterOp):
        return True
    if op.regions or any(result.type != UNALLOCATED for result in op.results):
        return False
    # xDSL does not mark shifts by a constant as pure.
    if is_speculatable(op) or isinstance(op, rv32.SlliOp | rv32.SrliOp | rv32.SraiOp):
        return True
    return isinstance(op, LOADS) and "volatile" not in op.attributes
