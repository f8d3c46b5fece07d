"""From allocated structured code to one list of instructions with labels.

In the flat code every value is just its register: what a block argument stood for is replaced by
the value that was handed to it, which has the same register and comes earlier in the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import riscv_func, riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.abstract_ops import RsRsOffIntegerOperation
from xdsl.dialects.riscv.attrs import LabelAttr
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.utils.exceptions import DiagnosticException

from nmc.dialects.xpulp.control import NEGATED, HwLoopOp, IfOp, YieldOp
from nmc.dialects.xpulp.loops import (
    LpCountiOp,
    LpEndiOp,
    LpSetupiOp,
    LpSetupOp,
    LpStartiOp,
    PBeqimmOp,
    PBneimmOp,
)

from .branch_ranges import SETUPI_REACH, instruction_bytes, legalise_branches
from .constants import constant_of, instructions_of_constant
from .flat_peephole import does_nothing, is_control_flow, tidy
from .registers import TYPES, ZERO

BRANCHES: dict[str, type[RsRsOffIntegerOperation]] = {
    "eq": riscv.BeqOp,
    "ne": riscv.BneOp,
    "lt": riscv.BltOp,
    "ge": riscv.BgeOp,
    "ltu": riscv.BltuOp,
    "geu": riscv.BgeuOp,
}
_SPECIAL = (YieldOp, riscv_scf.YieldOp, riscv_scf.ConditionOp, rv32.LiOp)
MINIMUM_BODY = 3
"""Instructions of a hardware loop's body that are safe on every core."""
NESTED_END_DISTANCE = 2
"""Instructions of an outer body that follow the inner loop's last one (8 bytes)."""


def flatten_function(function: riscv_func.FuncOp) -> None:
    """Replace the body of an allocated function by one block of instructions and labels."""
    name = function.sym_name.data
    old = function.body.block
    flattener = _Flattener(name, old)
    flattener.block(old)
    code = legalise_branches(tidy(flattener.code), f".L{name}")
    new = Block(arg_types=list(old.arg_types))
    for fresh, argument in zip(new.args, old.args, strict=True):
        fresh.name_hint = argument.name_hint
        argument.replace_all_uses_with(fresh)
    kept = set(code)
    for op in flattener.code:
        if op not in kept:
            op.erase(safe_erase=False)
    new.add_ops(code)
    function.body.add_block(new)
    function.body.detach_block(old)
    old.erase(safe_erase=False)


class _Flattener:
    def __init__(self, name: str, body: Block):
        self.name = name
        self.code: list[Operation] = []
        self.labels = 0
        self.depth = 0
        # Asked before values of one register stand in for each other: a condition's result would
        # then look like the constant of one branch.
        self.never_empty = {
            op for op in body.walk() if isinstance(op, riscv_scf.ForOp) and never_empty(op)
        }
        zero = rv32.GetRegisterOp(TYPES[ZERO])
        self.zero = zero.res
        self.code.append(zero)

    # region emission

    def _fresh(self, what: str) -> tuple[int, str]:
        number = self.labels
        self.labels += 1
        return number, f".L{self.name}_{what}{number}"

    def _label(self, label: str) -> None:
        self.code.append(riscv.LabelOp(label))

    def _branch(self, predicate: str, lhs: SSAValue, rhs: SSAValue, label: str) -> None:
        self.code.append(BRANCHES[predicate](lhs, rhs, LabelAttr(label)))

    def _bind(self, stand_ins: Sequence[SSAValue], values: Sequence[SSAValue]) -> None:
        for stand_in, value in zip(stand_ins, values, strict=True):
            stand_in.replace_all_uses_with(value)

    def block(self, block: Block) -> None:
        """Emit the operations of a block, but not its terminator's own effect."""
        for op in list(block.ops):
            if not op.regions and type(op) not in _SPECIAL:
                op.detach()
                if not does_nothing(op):
                    self.code.append(op)
                else:
                    op.results[0].replace_all_uses_with(op.operands[0])
                    op.erase()
                continue
            match op:
                case HwLoopOp():
                    self._hwloop(op)
                case IfOp():
                    self._if(op)
                case riscv_scf.ForOp():
                    self._for(op)
                case riscv_scf.WhileOp():
                    self._while(op)
                case rv32.LiOp():
                    op.detach()
                    self._constant(op)
                case _:
                    # Terminators: what they hand on is in its register already.
                    pass

    def _constant(self, op: rv32.LiOp) -> None:
        """`li` as the one or two instructions it is, so that addresses can be counted."""
        rd = op.rd.type
        assert isinstance(rd, IntRegisterType)
        if not isinstance(op.immediate, IntegerAttr):
            symbol = op.immediate.data
            upper = riscv.LuiOp(LabelAttr(f"%hi({symbol})"), rd=rd)
            result: Operation = riscv.AddiOp(upper.rd, LabelAttr(f"%lo({symbol})"), rd=rd)
            self.code += [upper, result]
        else:
            value = constant_of(op.rd)
            assert value is not None
            if instructions_of_constant(value) == 1 and -2048 <= value < 2048:
                self.code.append(op)
                return
            low = ((value + 0x800) & 0xFFF) - 0x800
            upper = riscv.LuiOp(((value - low) >> 12) & 0xFFFFF, rd=rd)
            result = upper
            self.code.append(upper)
            if low:
                result = riscv.AddiOp(upper.rd, low, rd=rd)
                self.code.append(result)
        op.rd.replace_all_uses_with(result.results[0])
        op.erase()

    # endregion
    # region loops and branches

    def _hwloop(self, op: HwLoopOp) -> None:
        number, end = self._fresh("loop_end")
        start, last = f".L{self.name}_loop{number}", f".L{self.name}_loop_last{number}"
        self._bind(op.body.block.args, op.iter_args)
        self._bind(op.res, op.iter_args)
        outer, self.code = self.code, []
        self.block(op.body.block)
        body, self.code = self.code, outer
        level = self._pad(body)
        size = sum(instruction_bytes(inner) for inner in body)
        if op.count is None:
            assert op.count_attr is not None
            count = op.count_attr.value.data
            if size <= SETUPI_REACH:
                self.code.append(LpSetupiOp(level, count, last))
            else:
                self.code += [
                    LpStartiOp(level, start),
                    LpEndiOp(level, last),
                    LpCountiOp(level, count),
                ]
        else:
            if not op.never_empty:
                self._branch("ge", self.zero, op.count, end)
            self.code.append(LpSetupOp(level, op.count, last))
        self._label(start)
        self.code += [*body[:-1], riscv.LabelOp(last), body[-1]]
        self._label(end)

    def _pad(self, body: list[Operation]) -> int:
        """Lengthen a body to what the hardware asks for; returns the loop's level, 0 or 1."""
        setups = [
            index
            for index, op in enumerate(body)
            if isinstance(op, LpSetupiOp | LpSetupOp | LpCountiOp)
        ]
        level = 0
        if setups:
            level = 1
            inner_last = max(
                index
                for index, op in enumerate(body)
                if isinstance(op, riscv.LabelOp) and "_loop_last" in op.label.data
            )
            # The label stands before the inner loop's last instruction.
            following = sum(instruction_bytes(op) for op in body[inner_last:]) // 4 - 1
            body += [riscv.NopOp() for _ in range(NESTED_END_DISTANCE - following)]
            inner_loops = {
                op.loop.value.data
                for op in (body[index] for index in setups)
                if isinstance(op, LpSetupiOp | LpSetupOp | LpCountiOp)
            }
            if 1 in inner_loops:
                raise DiagnosticException(
                    f"flatten-control-flow: function '{self.name}' nests three hardware loops;"
                    " the machine has two"
                )
        if any(is_control_flow(op) for op in body):
            raise DiagnosticException(
                f"flatten-control-flow: function '{self.name}' branches or calls in the body of"
                " a hardware loop"
            )
        instructions = sum(instruction_bytes(op) for op in body) // 4
        body += [riscv.NopOp() for _ in range(MINIMUM_BODY - instructions)]
        while body and instruction_bytes(body[-1]) == 0:
            # Names of registers print nothing; the last operation must be an instruction.
            body.insert(0, body.pop())
        return level

    def _for(self, op: riscv_scf.ForOp) -> None:
        number, end = self._fresh("end")
        start = f".L{self.name}_body{number}"
        counter = op.start
        self._bind(op.body.block.args, [counter, *op.iter_args])
        self._bind(op.res, op.iter_args)
        if op not in self.never_empty:
            self._branch("ge", counter, op.stop, end)
        self._label(start)
        self.block(op.body.block)
        register = counter.type
        assert isinstance(register, IntRegisterType)
        step = op.step
        if isinstance(step, IntegerAttr):
            self.code.append(riscv.AddiOp(counter, step.value.data, rd=register))
        else:
            self.code.append(riscv.AddOp(counter, step, rd=register))
        self._branch("lt", counter, op.stop, start)
        self._label(end)

    def _while(self, op: riscv_scf.WhileOp) -> None:
        number, end = self._fresh("end")
        start = f".L{self.name}_test{number}"
        before, after = op.before_region.block, op.after_region.block
        condition = before.last_op
        assert isinstance(condition, riscv_scf.ConditionOp)
        self._bind(before.args, op.arguments)
        self._bind(after.args, condition.arguments)
        self._bind(op.res, condition.arguments)
        self._label(start)
        self.block(before)
        self._leave_unless(condition.cond, end)
        self.block(after)
        self.code.append(riscv.JOp(LabelAttr(start)))
        self._label(end)

    def _leave_unless(self, condition: SSAValue, end: str) -> None:
        """Branch to `end` if the condition is zero, merged with a comparison just before."""
        test = condition.owner
        if isinstance(test, Operation) and self.code[-1:] == [test] and condition.has_one_use():
            predicate, lhs, rhs = self._comparison(test)
            if predicate is not None:
                self.code.pop()
                self._branch(NEGATED[predicate], lhs, rhs, end)
                return
        self._branch("eq", condition, self.zero, end)

    def _comparison(self, test: Operation) -> tuple[str | None, SSAValue, SSAValue]:
        match test:
            case riscv.SltOp():
                return "lt", test.rs1, test.rs2
            case riscv.SltuOp():
                return "ltu", test.rs1, test.rs2
            case riscv.SubOp() | riscv.XorOp():
                return "ne", test.rs1, test.rs2
            case riscv.SeqzOp():
                return "eq", test.rs, self.zero
            case riscv.SnezOp():
                return "ne", test.rs, self.zero
            case _:
                return None, self.zero, self.zero

    def _if(self, op: IfOp) -> None:
        number, end = self._fresh("endif")
        otherwise = f".L{self.name}_else{number}"
        then_last = op.then_region.block.last_op
        assert then_last is not None
        self._bind(op.res, then_last.operands)
        then_code = self._aside(op.then_region.block)
        else_code = self._aside(op.else_region.block)
        predicate = op.predicate.data
        if then_code:
            self._branch_if(op, NEGATED[predicate], otherwise if else_code else end)
            self.code += then_code
            if else_code:
                self.code.append(riscv.JOp(LabelAttr(end)))
                self._label(otherwise)
                self.code += else_code
        elif else_code:
            self._branch_if(op, predicate, end)
            self.code += else_code
        self._label(end)

    def _aside(self, block: Block) -> list[Operation]:
        """The code of a block, not yet put anywhere; empty if it has no instruction."""
        outer, self.code = self.code, []
        self.block(block)
        inner, self.code = self.code, outer
        return inner

    def _branch_if(self, op: IfOp, predicate: str, label: str) -> None:
        constant = op.constant
        if op.rhs is not None:
            self._branch(predicate, op.lhs, op.rhs, label)
        elif not constant:
            self._branch(predicate, op.lhs, self.zero, label)
        else:
            branch = PBeqimmOp if predicate == "eq" else PBneimmOp
            self.code.append(branch(op.lhs, constant, label))

    # endregion


def never_empty(op: riscv_scf.ForOp) -> bool:
    """Whether a counted loop is known to run at least once."""
    if "nonzero" in op.attributes:
        return True
    start, stop = constant_of(op.start), constant_of(op.stop)
    return start is not None and stop is not None and start < stop
