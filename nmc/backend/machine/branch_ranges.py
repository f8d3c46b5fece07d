"""Branches that are too far from their label become a branch over a jump."""

from xdsl.dialects import rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.attrs import LabelAttr
from xdsl.ir import Operation
from xdsl.utils.exceptions import DiagnosticException

from nmc.dialects.xpulp.loops import LpEndiOp, LpSetupiOp, LpSetupOp, LpStartiOp

from .flat_peephole import inverted, is_branch, target_of

BRANCH_REACH = 4094
SETUP_REACH = 8190
SETUPI_REACH = 62
JUMP_REACH = (1 << 20) - 2


def instruction_bytes(op: Operation) -> int:
    """Bytes of code an operation of flat code takes."""
    return 0 if isinstance(op, riscv.LabelOp | rv32.GetRegisterOp) else 4


def _offsets(code: list[Operation]) -> tuple[list[int], dict[str, int]]:
    positions: list[int] = []
    labels: dict[str, int] = {}
    position = 0
    for op in code:
        positions.append(position)
        if isinstance(op, riscv.LabelOp):
            labels[op.label.data] = position
        position += instruction_bytes(op)
    return positions, labels


def legalise_branches(code: list[Operation], prefix: str) -> list[Operation]:
    """Code in which every branch reaches its label. New labels start with `prefix`.

    DiagnosticException if a hardware loop or a jump is too long, which no rewriting helps.
    """
    count = 0
    while True:
        positions, labels = _offsets(code)
        result: list[Operation] = []
        changed = False
        for op, position in zip(code, positions, strict=True):
            label = target_of(op)
            distance = abs(labels[label] - position) if label in labels else 0
            if not is_branch(op) or distance <= BRANCH_REACH:
                result.append(op)
                continue
            assert label is not None
            near = f"{prefix}_near{count}"
            count += 1
            changed = True
            result += [inverted(op, near), riscv.JOp(LabelAttr(label)), riscv.LabelOp(near)]
        code = result
        if not changed:
            break
    _check_reach(code)
    return code


def _check_reach(code: list[Operation]) -> None:
    positions, labels = _offsets(code)
    for op, position in zip(code, positions, strict=True):
        label = target_of(op)
        if label not in labels:
            continue
        distance = labels[label] - position
        match op:
            case LpSetupiOp():
                reach = SETUPI_REACH
            case LpSetupOp() | LpStartiOp() | LpEndiOp():
                reach = SETUP_REACH
            case _:
                reach = JUMP_REACH
        if abs(distance) > reach:
            raise DiagnosticException(
                f"{op.name}: label {label} is {distance} bytes away, at most {reach} are possible"
            )
