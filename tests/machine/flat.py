"""An evaluator of flat code from its assembly text and the instruction table alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import ModuleOp

from nmc.backend.machine.assembly import assembly_line
from nmc.backend.machine.registers import CALLEE_SAVED, name_of
from nmc.isa.syntax import Kind, Operand, operand_syntax
from nmc.isa.table import Instruction, by_mnemonic

from .semantics import WORD, Memory, execute

BASE = 0x1C00_0000
STACK_TOP = 0x7FFF_0000
STACK_BYTES = 0x10000
RETURN = 0xFFFF_FFF0
MOST_STEPS = 100_000
"""Behind them a program is taken to run for ever."""
NUMBERS = {name_of(number): number for number in range(32)}
PSEUDO = {
    "mv": r"addi \1, \2, 0",
    "li": r"addi \1, zero, \2",
    "j": r"jal zero, \1",
    "ret": "jalr zero, 0(ra)",
    "nop": "addi zero, zero, 0",
    "seqz": r"sltiu \1, \2, 1",
    "snez": r"sltu \1, zero, \2",
}


@dataclass
class Line:
    """One instruction with its operands as text."""

    row: Instruction
    operands: list[str]
    text: str


def _parse(text: str) -> Line:
    mnemonic, _, rest = text.partition(" ")
    operands = [part.strip() for part in rest.split(",") if part.strip()]
    if mnemonic in PSEUDO:
        expansion = PSEUDO[mnemonic]
        for index, operand in enumerate(operands):
            expansion = expansion.replace(f"\\{index + 1}", operand)
        return _parse(expansion)
    for row in by_mnemonic(mnemonic):
        syntax = operand_syntax(row)
        if row.mnemonic != mnemonic or len(syntax) != len(operands):
            continue
        if all(_matches(operand, s) for operand, s in zip(operands, syntax, strict=True)):
            return Line(row, operands, text)
    raise AssertionError(f"no row of the table reads '{text}'")


def _matches(text: str, syntax: Operand) -> bool:
    address = re.fullmatch(r"(.+)\((\w+)(!?)\)", text)
    if syntax.base is None:
        return address is None and (syntax.kind is Kind.REGISTER) == (text in NUMBERS)
    if address is None or bool(address[3]) != syntax.post_increment:
        return False
    return (address[1] in NUMBERS) == (syntax.kind is Kind.REGISTER)


class Machine:
    """One core that runs the functions of a flat module, hardware loops included."""

    def __init__(self, module: ModuleOp):
        self.lines: list[Line] = []
        self.labels: dict[str, int] = {}
        self.executed = 0
        for op in module.ops:
            if isinstance(op, riscv_func.FuncOp):
                self.labels[op.sym_name.data] = BASE + 4 * len(self.lines)
                for inner in op.body.block.ops:
                    self._add(assembly_line(inner))
        self.memory = Memory()
        self.registers = [0xDEAD0000 + number for number in range(32)]
        self.loop = {"start": [0, 0], "end": [0, 0], "count": [0, 0]}
        self.state = {"xdc": 0}
        self.outer_end = 0

    def _add(self, line: str | None) -> None:
        if line is None:
            return
        if line.endswith(":"):
            assert line[:-1] not in self.labels, f"label {line} is defined twice"
            self.labels[line[:-1]] = BASE + 4 * len(self.lines)
        else:
            self.lines.append(_parse(" ".join(line.split())))

    def call(self, name: str, arguments: Sequence[int], results: int) -> list[int]:
        """Call a function as the ABI says; checks what the ABI asks of it."""
        registers = self.registers
        registers[0], registers[1], registers[2] = 0, RETURN, STACK_TOP
        for index, value in enumerate(arguments):
            registers[10 + index] = value & WORD
        kept = {number: registers[number] for number in (2, *CALLEE_SAVED)}
        pc = self.labels[name]
        while pc != RETURN:
            pc = self._step(pc)
            self.executed += 1
            assert self.executed < MOST_STEPS, "does not end"
        for number, value in kept.items():
            assert registers[number] == value, f"{name_of(number)} is not preserved"
        return registers[10 : 10 + results]

    def _value(self, text: str, kind: Kind, pc: int) -> int:
        if text in NUMBERS and kind is Kind.REGISTER:
            return self.registers[NUMBERS[text]]
        if kind is Kind.LABEL:
            return self.labels[text] - pc
        if kind is Kind.LOOP:
            return int(text[1:])
        value = int(text, 0)
        return value << 12 if kind is Kind.UPPER else value

    def _step(self, pc: int) -> int:
        index = (pc - BASE) // 4
        assert 0 <= index < len(self.lines), f"left the program: {pc:#x}"
        line = self.lines[index]
        fields = {"pc": pc, **self.state}
        numbers: dict[str, int] = {}
        for text, syntax in zip(line.operands, operand_syntax(line.row), strict=True):
            offset = text
            if syntax.base is not None:
                address = re.fullmatch(r"(.+)\((\w+)!?\)", text)
                assert address is not None
                offset = address[1]
                numbers[syntax.base] = NUMBERS[address[2]]
                fields[syntax.base] = self.registers[NUMBERS[address[2]]]
            field = "off" if syntax.field == "label" else syntax.field
            fields[field] = self._value(offset, syntax.kind, pc)
            if syntax.kind is Kind.REGISTER:
                numbers[field] = NUMBERS[offset]
        if line.row.rd_is_source:
            fields["rd"] = self.registers[numbers["rd"]]
        following = pc + 4
        if line.row.ext == "xpulp_hwloop":
            self._set_loop(line, fields, pc)
        else:
            written = execute(line.row, fields, self.memory)
            following = written.get("npc", following)
            for name in line.row.defs:
                if numbers[name] != 0:
                    self.registers[numbers[name]] = written[name]
            self.state.update({k: v for k, v in written.items() if k in self.state})
        return self._loop_back(pc, following)

    def _set_loop(self, line: Line, fields: dict[str, int], pc: int) -> None:
        which, name = fields["L"], line.row.mnemonic
        if "setup" in name:
            self.loop["start"][which] = pc + 4
        label = next((v for k, v in fields.items() if k in ("off", "uimm")), 0)
        if name == "lp.starti":
            self.loop["start"][which] = pc + label
        elif name == "lp.endi" or "setup" in name:
            self.loop["end"][which] = pc + label
        if name in ("lp.setup", "lp.count"):
            self.loop["count"][which] = fields["rs1"]
        elif name in ("lp.setupi", "lp.counti"):
            self.loop["count"][which] = fields["count"]
        if "setup" in name:
            distance = label // 4
            assert distance >= 3, "the body has fewer than three instructions"
            body = self.lines[(pc - BASE) // 4 + 1 :][:distance]
            formats = {inner.row.format for inner in body}
            assert not formats & {"B", "BI", "J"}, "a branch in a hardware loop"
            if name == "lp.setupi":
                assert label <= 62, "lp.setupi does not reach"
            if which == 1 and any(line.row.ext == "xpulp_hwloop" for line in body):
                self.outer_end = pc + label
            elif which == 0 and pc < self.outer_end:
                assert self.outer_end - (pc + label) >= 8, "nested loops end too close together"

    def _loop_back(self, pc: int, following: int) -> int:
        for which in (0, 1):
            if pc == self.loop["end"][which] and self.loop["count"][which] > 1:
                self.loop["count"][which] -= 1
                return self.loop["start"][which]
        return following
