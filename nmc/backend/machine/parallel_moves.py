"""Parallel copies between machine registers as a sequence of instructions."""

from dataclasses import dataclass

from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from .registers import TYPES


@dataclass
class Sequenced:
    """The instructions, and the value each target register holds after them."""

    operations: list[Operation]
    values: dict[int, SSAValue]


def sequence_moves(moves: dict[int, tuple[int, SSAValue]]) -> Sequenced:
    """Order `target <- (source, value in it)` so that no source is overwritten before it is read.

    Copies in a circle become exchanges of two registers by three exclusive ors, which need no
    free register.
    """
    result = Sequenced([], {})
    pending = {target: pair for target, pair in moves.items() if target != pair[0]}
    for target, (source, value) in moves.items():
        if target == source:
            result.values[target] = value

    def emit(op: riscv.MVOp | riscv.XorOp) -> SSAValue:
        result.operations.append(op)
        return op.rd

    while pending:
        sources = {source for source, _ in pending.values()}
        ready = [target for target in pending if target not in sources]
        if ready:
            for target in ready:
                _, value = pending.pop(target)
                result.values[target] = emit(riscv.MVOp(value, rd=TYPES[target]))
            continue
        # Only circles are left; each register in them is read exactly once.
        target, (source, value) = next(iter(pending.items()))
        other = next(t for t, (s, _) in pending.items() if s == target)
        mine = pending[other][1]
        both = emit(riscv.XorOp(mine, value, rd=TYPES[target]))
        in_source = emit(riscv.XorOp(both, value, rd=TYPES[source]))
        result.values[target] = emit(riscv.XorOp(both, in_source, rd=TYPES[target]))
        del pending[target]
        if other == source:
            result.values[source] = in_source
            del pending[other]
        else:
            pending[other] = (source, in_source)
    return result
