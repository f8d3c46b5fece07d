"""An interpreter of structured machine code on virtual registers: what a program means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import riscv_func, riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from nmc.dialects.xpulp.control import HwLoopOp, IfOp, YieldOp
from nmc.dialects.xpulp.formats import XInstruction
from nmc.isa.table import Instruction, by_mnemonic

from .semantics import WORD, Memory, execute, sx

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: sx(a, 32) < sx(b, 32),
    "ge": lambda a, b: sx(a, 32) >= sx(b, 32),
    "ltu": lambda a, b: a < b,
    "geu": lambda a, b: a >= b,
}
_FIELD = {
    "shift": "Is3",
    "width_minus_one": "Is3",
    "position": "Is2",
    "bits": "Is2",
    "rs": "rs1",
}


def row_of(op: Operation) -> Instruction:
    """The row of the table an instruction is."""
    mnemonic = op.name.split(".", 1)[1]
    layout: str | None = None
    if isinstance(op, XInstruction):
        mnemonic, layout = op.assembly_instruction_name(), op.LAYOUT
    rows = [r for r in by_mnemonic(mnemonic) if layout is None or r.format == layout]
    assert len(rows) == 1, op.name
    return rows[0]


class Interpreter:
    """Runs the functions of a module."""

    def __init__(self, module: ModuleOp):
        self.functions = {
            op.sym_name.data: op for op in module.ops if isinstance(op, riscv_func.FuncOp)
        }
        self.memory = Memory()
        self.state = {"xdc": 0}

    def call(self, name: str, arguments: Sequence[int]) -> list[int]:
        """The results of a function."""
        block = self.functions[name].body.block
        values: dict[SSAValue, int] = dict(zip(block.args, arguments, strict=True))
        return self._run(block, values)

    def _run(self, block: Block, values: dict[SSAValue, int]) -> list[int]:
        """Execute a block; returns the operands of its terminator."""
        for op in block.ops:
            read = [values[operand] for operand in op.operands]
            match op:
                case (
                    YieldOp()
                    | riscv_scf.YieldOp()
                    | riscv_scf.ConditionOp()
                    | riscv_func.ReturnOp()
                ):
                    return read
                case riscv_func.CallOp():
                    written = self.call(op.callee.string_value(), read)
                case HwLoopOp():
                    written = self._hwloop(op, read, values)
                case riscv_scf.ForOp():
                    written = self._for(op, values)
                case riscv_scf.WhileOp():
                    written = self._while(op, read, values)
                case IfOp():
                    rhs = op.constant if op.rhs is None else read[1]
                    assert rhs is not None
                    taken = COMPARE[op.predicate.data](read[0], rhs & WORD)
                    region = op.then_region if taken else op.else_region
                    written = self._run(region.block, values)
                case rv32.GetRegisterOp():
                    written = [0]
                case rv32.LiOp() | riscv.LuiOp():
                    assert isinstance(op.immediate, IntegerAttr)
                    shift = 12 if isinstance(op, riscv.LuiOp) else 0
                    written = [op.immediate.value.data << shift & WORD]
                case riscv.MVOp():
                    written = read
                case _:
                    written = self._instruction(op, read)
            for result, value in zip(op.results, written, strict=True):
                values[result] = value
        return []

    def _hwloop(self, op: HwLoopOp, read: list[int], values: dict[SSAValue, int]) -> list[int]:
        if op.count_attr is not None:
            count, carried = op.count_attr.value.data, read
        else:
            count, carried = sx(read[0], 32), read[1:]
        for _ in range(count):
            values.update(zip(op.body.block.args, carried, strict=True))
            carried = self._run(op.body.block, values)
        return carried

    def _for(self, op: riscv_scf.ForOp, values: dict[SSAValue, int]) -> list[int]:
        counter, stop = sx(values[op.start], 32), sx(values[op.stop], 32)
        step = op.step
        amount = step.value.data if isinstance(step, IntegerAttr) else values[step]
        carried = [values[value] for value in op.iter_args]
        while counter < stop:
            values.update(zip(op.body.block.args, [counter & WORD, *carried], strict=True))
            carried = self._run(op.body.block, values)
            counter += amount
        return carried

    def _while(
        self, op: riscv_scf.WhileOp, carried: list[int], values: dict[SSAValue, int]
    ) -> list[int]:
        before, after = op.before_region.block, op.after_region.block
        while True:
            values.update(zip(before.args, carried, strict=True))
            condition, *handed_on = self._run(before, values)
            if not condition:
                return handed_on
            values.update(zip(after.args, handed_on, strict=True))
            carried = self._run(after, values)

    def _instruction(self, op: Operation, read: list[int]) -> list[int]:
        row = row_of(op)
        assert isinstance(op, IRDLOperation)
        definition = op.get_irdl_definition()
        fields = dict(self.state)
        for (name, _), value in zip(definition.operands, read, strict=True):
            fields[_FIELD.get(name, name.removesuffix("_in"))] = value
        for name, attribute in op.attributes.items():
            if isinstance(attribute, IntegerAttr):
                short = "shamt" if row.format == "SH" else "imm"
                field = short if name == "immediate" else _FIELD.get(name, name)
                fields[field] = attribute.value.data
        written = execute(row, fields, self.memory)
        self.state.update({k: v for k, v in written.items() if k in self.state})
        return [written[name.removesuffix("_out")] for name, _ in definition.results]
