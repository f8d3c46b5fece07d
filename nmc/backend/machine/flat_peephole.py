"""Small clean-ups of flat code: moves to self, jumps to the next line, jumps branched over."""

from functools import cache

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.abstract_ops import RsRsOffIntegerOperation
from xdsl.dialects.riscv.attrs import LabelAttr
from xdsl.ir import Operation

from nmc.dialects.xpulp.loops import (
    BranchImmediate,
    LoopLabel,
    LpSetupiOp,
    LpSetupOp,
    PBeqimmOp,
    PBneimmOp,
)

INVERTED: dict[type[RsRsOffIntegerOperation], type[RsRsOffIntegerOperation]] = {
    riscv.BeqOp: riscv.BneOp,
    riscv.BneOp: riscv.BeqOp,
    riscv.BltOp: riscv.BgeOp,
    riscv.BgeOp: riscv.BltOp,
    riscv.BltuOp: riscv.BgeuOp,
    riscv.BgeuOp: riscv.BltuOp,
}


def does_nothing(op: Operation) -> bool:
    """Whether an instruction leaves its register as it is."""
    kind = type(op)
    if kind is riscv.MVOp:
        return op.results[0].type == op.operands[0].type
    if kind is riscv.AddiOp and op.results[0].type == op.operands[0].type:
        immediate = op.attributes["immediate"]
        return isinstance(immediate, IntegerAttr) and immediate.value.data == 0
    return False


def target_of(op: Operation) -> str | None:
    """The label a branch, jump or loop set-up names."""
    if not _names_label(type(op)):
        return None
    match op:
        case RsRsOffIntegerOperation():
            return op.offset.data if isinstance(op.offset, LabelAttr) else None
        case riscv.JOp():
            return op.immediate.data if isinstance(op.immediate, LabelAttr) else None
        case BranchImmediate() | LoopLabel() | LpSetupOp() | LpSetupiOp():
            return op.label.data
        case _:
            return None


def is_branch(op: Operation) -> bool:
    """Whether an operation is a conditional branch."""
    return _is_branch(type(op))


def is_control_flow(op: Operation) -> bool:
    """Whether the next instruction may be another than the following one."""
    return is_branch(op) or isinstance(op, riscv.JOp | riscv_func.CallOp | riscv_func.ReturnOp)


# Asked of every instruction; xDSL's classes are abstract base classes, slow to test against.
@cache
def _is_branch(kind: type[Operation]) -> bool:
    return issubclass(kind, RsRsOffIntegerOperation | BranchImmediate)


@cache
def _names_label(kind: type[Operation]) -> bool:
    jumps = RsRsOffIntegerOperation | riscv.JOp | BranchImmediate
    return issubclass(kind, jumps | LoopLabel | LpSetupOp | LpSetupiOp)


def inverted(op: Operation, label: str) -> Operation:
    """The branch to `label` under the opposite condition."""
    match op:
        case RsRsOffIntegerOperation():
            return INVERTED[type(op)](op.rs1, op.rs2, LabelAttr(label))
        case PBeqimmOp():
            return PBneimmOp(op.rs1, op.immediate.value.data, label)
        case PBneimmOp():
            return PBeqimmOp(op.rs1, op.immediate.value.data, label)
        case _:
            raise ValueError(f"{op.name} is no branch")


def _labels_after(code: list[Operation], index: int) -> set[str]:
    """The labels between position `index` and the next instruction."""
    found: set[str] = set()
    for op in code[index:]:
        if not isinstance(op, riscv.LabelOp):
            break
        found.add(op.label.data)
    return found


def tidy(code: list[Operation]) -> list[Operation]:
    """Remove jumps to the next instruction, turn branches over a jump round, drop unused labels."""
    changed = True
    while changed:
        changed = False
        result: list[Operation] = []
        index = 0
        while index < len(code):
            op = code[index]
            jump = code[index + 1] if index + 1 < len(code) else None
            if isinstance(op, riscv.JOp) and target_of(op) in _labels_after(code, index + 1):
                changed = True
                index += 1
                continue
            over = is_branch(op) and isinstance(jump, riscv.JOp)
            if over and target_of(op) in _labels_after(code, index + 2):
                assert jump is not None
                destination = target_of(jump)
                assert destination is not None
                result.append(inverted(op, destination))
                changed = True
                index += 2
                continue
            result.append(op)
            index += 1
        code = result
    used = {target_of(op) for op in code}
    return [op for op in code if not isinstance(op, riscv.LabelOp) or op.label.data in used]
