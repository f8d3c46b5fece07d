"""The engine's operations: how every table row decodes, and the code of each operation.

Rows that differ only in where the second operand comes from share one operation: every operation
sees `b = register s2 + immediate`, so `add` and `addi` are one, and so are `pv.add.b` and
`pv.add.sci.b` (immediate replicated to the lanes). The `.sc` forms have bits above the plain
operation's number. The instruction tests run every row against the table's semantics, so a wrong
entry here cannot go unnoticed.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from nmc.isa.table import Instruction, load_table
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.operation_code import assign, needed, registers, timing, waiting
from nmc.sim.operation_source import BRANCH, MIXED_BRANCH, OUTWARD_BRANCH
from nmc.sim.statements import Assignment, memory_reads, parse_semantics
from nmc.sim.translation import Translator, Value, word

Immediate = Callable[[Mapping[str, Ints], Ints], Ints]
"""From operand values by field name and slot indices (pc minus code base) to the immediate."""


@dataclass(frozen=True)
class Rule:
    """How one table row becomes a decoded slot."""

    row: Instruction
    op: int
    mixed: int = 0
    """The operation in a program with compressed instructions, if it is another one, or 0."""
    outward: int = 0
    """The operation of a jump or branch to where no instruction can be."""
    d: str = ""
    """Field whose register goes to place d; empty for none."""
    s1: str = ""
    s2: str = ""
    immediate: Immediate | None = None
    splat: int = 0
    """OP_SPLAT_* if lane 0 of register s2 is replicated, or 0."""
    relative: bool = False
    """The immediate is a distance from the instruction."""
    link: bool = False
    """Place s2 holds the distance to the next instruction."""


@dataclass(frozen=True)
class Gather:
    """A load that is not one of the plain ones: its own address and its own way to finish."""

    kind: int
    address: list[str]
    finish: list[str]


@dataclass(frozen=True)
class Operations:
    """Everything the decoder and the generator need to know."""

    rules: tuple[Rule, ...]
    """In table order."""
    bodies: Mapping[int, list[str]]
    """Code of each generated operation: writes its results, does not touch time."""
    gathers: tuple[Gather, ...]
    repeated: frozenset[int]
    """Operations without immediate that programs have in rows."""


_I_TYPE = {
    "addi": "add",
    "slti": "slt",
    "sltiu": "sltu",
    "xori": "xor",
    "ori": "or",
    "andi": "and",
    "slli": "sll",
    "srli": "srl",
    "srai": "sra",
}
_BIT_FIELDS = {name: name + "r" for name in ("p.extract", "p.extractu", "p.insert", "p.bclr")} | {
    "p.bset": "p.bsetr"
}
_NO_SHIFT = {
    name: name + "N"
    for kind in ("mul", "mac")
    for name in (f"p.{kind}s", f"p.{kind}hhs", f"p.{kind}u", f"p.{kind}hhu")
}
_SPECIAL = {
    "fence": at.OP_FENCE,
    "fence.i": at.OP_FENCE,
    "ecall": at.OP_TRAP,
    "ebreak": at.OP_TRAP,
    "mret": at.OP_MRET,
    "wfi": at.OP_WFI,
}
_CSR_KINDS = {"csrrw": 1, "csrrs": 2, "csrrc": 3, "csrrwi": 5, "csrrsi": 6, "csrrci": 7}
_LOADS = {(1, True): at.LB, (1, False): at.LBU, (2, True): at.LH, (2, False): at.LHU}
_STORES = {1: at.SB, 2: at.SH, 4: at.SW}

# Operations written by hand in the loop's source, in the order of their numbers.
HAND_WRITTEN = (
    *("jal", "jalr", "lp.start", "lp.end", "lp.count", "lp.setup"),
    *("jal.outward", "jal.mixed", "jalr.mixed"),
)
# What programs consist of: LLVM makes several jump tables of the operations, the first one is the
# fastest.
_FREQUENT = (
    *("add", "sub", "and", "or", "xor", "sll", "srl", "sra", "slt", "sltu"),
    *("beq", "bne", "blt", "bge", "bltu", "bgeu", "mul", "mulh", "p.mac", "p.addRN"),
    *("pv.sdotsp.b", "pv.sdotup.b", "pv.sdotusp.b", "pv.pack.h", "pv.pack.h.h"),
    *("pv.packlo.b", "pv.packhi.b", "pv.shuffleI1.sci.b", "pv.shuffleI2.sci.b", "pv.shuffle2.b"),
    *("p.max", "p.min", "p.clip"),
)
_REPEATED = ("pv.sdotsp.b", "pv.sdotup.b", "pv.sdotusp.b")
HAND_NUMBERS = {name: at.OP_FIRST_GENERATED + i for i, name in enumerate(HAND_WRITTEN)}


def _field(name: str) -> Immediate:
    return lambda operands, _: operands[name]


def _replicated(bits: int) -> Immediate:
    ones = sum(1 << i for i in range(0, 32, bits))
    return lambda operands, _: (operands["imm"] & ((1 << bits) - 1)) * ones


def _packed(low: str, high: str) -> Immediate:
    return lambda operands, _: operands[low] | (operands[high] << 5)


@cache
def operations() -> Operations:
    """Rules and code for the whole instruction table."""
    return _Builder(load_table()).build()


class _Builder:
    def __init__(self, table: tuple[Instruction, ...]):
        self.table = table
        self.names = {row.mnemonic: row for row in table}
        self.bodies: dict[int, list[str]] = {}
        self.gathers: list[Gather] = []
        self.numbers: dict[str, int] = {}

    def build(self) -> Operations:
        for name in _FREQUENT:
            self.number(self.names[name].key)
        rules = tuple(self.rule(row) for row in self.table)
        repeated = frozenset(self.number(self.names[name].key) for name in _REPEATED)
        return Operations(rules, self.bodies, tuple(self.gathers), repeated)

    def rule(self, row: Instruction) -> Rule:
        name = row.mnemonic
        if name in _SPECIAL:
            # The immediate tells ebreak from ecall.
            is_break = int(name == "ebreak")
            return Rule(row, _SPECIAL[name], immediate=lambda _, where: 0 * where + is_break)
        if row.format in ("CSR", "CSRI"):
            return self.csr(row)
        if row.ext == "xpulp_hwloop":
            return self.hardware_loop(row)
        if name in ("jal", "jalr"):
            return self.jump(row)
        if "npc" in row.semantics:
            return self.branch(row)
        if row.access_bytes:
            return self.memory(row)
        return self.alu(row)

    def number(self, key: str) -> int:
        """The operation number of a row, given out on first use."""
        first = at.OP_FIRST_GENERATED + len(HAND_WRITTEN)
        return self.numbers.setdefault(key, first + len(self.numbers))

    def csr(self, row: Instruction) -> Rule:
        kind = _CSR_KINDS[row.mnemonic]
        if row.format == "CSRI":
            return Rule(
                row,
                at.OP_CSR,
                d="rd",
                immediate=lambda o, _: o["csr"] | (kind << 12) | (o["zimm"] << 16),
            )
        # Bit 16 tells that rs1 is not x0, so that the register is written.
        return Rule(
            row,
            at.OP_CSR,
            d="rd",
            s1="rs1",
            immediate=lambda o, _: (
                o["csr"] | (kind << 12) | ((o["rs1"] != 0).astype(np.int64) << 16)
            ),
        )

    def hardware_loop(self, row: Instruction) -> Rule:
        name = row.mnemonic.removesuffix("i")
        s1 = "rs1" if "rs1" in row.uses else ""
        has_count = "count" in row.field_map

        def immediate(operands: Mapping[str, Ints], _: Ints) -> Ints:
            distance = operands.get("uimm", np.int64(0))
            return (
                distance | (operands["count"] << 16) if has_count else distance + 0 * operands["L"]
            )

        relative = "uimm" in row.field_map
        return Rule(
            row, HAND_NUMBERS[name], d="L", s1=s1, immediate=immediate, relative=relative, link=True
        )

    def jump(self, row: Instruction) -> Rule:
        if row.mnemonic == "jal":
            op, mixed, outward = (HAND_NUMBERS["jal" + kind] for kind in ("", ".mixed", ".outward"))
            jal = _field("off")
            return Rule(row, op, mixed, outward, d="rd", immediate=jal, relative=True, link=True)
        op, mixed = HAND_NUMBERS["jalr"], HAND_NUMBERS["jalr.mixed"]
        return Rule(row, op, mixed, d="rd", s1="rs1", immediate=_field("imm"), link=True)

    def branch(self, row: Instruction) -> Rule:
        op, mixed, outward = (self.number(row.key + kind) for kind in ("", "/mixed", "/outward"))
        [statement] = parse_semantics(row.semantics)
        assert isinstance(statement, Assignment)
        choice = statement.value
        assert isinstance(choice, ast.IfExp)
        names = {"rs1": word("a"), "rs2": word("r2")}
        distance, immediate = "imm", _field("off")
        if "Imm5" in row.field_map:
            # Both the constant and the distance: the constant above bit 16.
            distance = "((imm << 48) >> 48)"
            names["Imm5"] = Value("((imm + 32768) >> 16)", -16, 15)

            def both(operands: Mapping[str, Ints], _: Ints) -> Ints:
                return operands["off"] + (operands["Imm5"] << 16)

            immediate = both
        condition = Translator(names).condition(choice.test)
        texts = {op: BRANCH, mixed: MIXED_BRANCH, outward: OUTWARD_BRANCH}
        for number, text in texts.items():
            body = text.replace("@CONDITION@", condition).replace("@DISTANCE@", distance)
            self.bodies[number] = body.strip("\n").split("\n")
        s2 = "rs2" if "rs2" in row.uses else ""
        rule = Rule(row, op, mixed, outward, s1="rs1", s2=s2, immediate=immediate)
        return replace(rule, relative=True)

    def memory(self, row: Instruction) -> Rule:
        post = at.OP_POST if row.is_post_increment else 0
        has_immediate = "imm" in row.field_map
        immediate = _field("imm") if has_immediate else None
        if row.is_store:
            op = at.OP_MEMORY | post | _STORES[row.access_bytes]
            return Rule(
                row, op, d="rs2", s1="rs1", s2="" if has_immediate else "rs3", immediate=immediate
            )
        if row.mnemonic == "p.elw":
            return Rule(row, at.OP_MEMORY | at.ELW, d="rd", s1="rs1", immediate=immediate)
        if row.rd_is_source or row.state_uses:
            return self.gather(row)
        kind = _LOADS.get((row.access_bytes, "sx(" in row.semantics), at.LW)
        s2 = "rs2" if "rs2" in row.uses else ""
        op = at.OP_MEMORY | post | kind
        return Rule(row, op, d="rd", s1="rs1", s2=s2, immediate=immediate)

    def gather(self, row: Instruction) -> Rule:
        kind = at.FIRST_CUSTOM_LOAD + len(self.gathers)
        if kind >= at.ELW:
            raise ValueError("too many kinds of gathers for a slot's type field")
        if (kind >= at.FIRST_WORD_GATHER) != (row.access_bytes == 4):
            raise ValueError("gathers of words come behind those of bytes")
        names = registers("r2")
        names |= {"p": Value("imm", 0, 7)}
        before: list[str] = []
        finish: list[str] = []
        address: list[str] | None = None
        loaded = word("raw") if row.access_bytes == 4 else Value("(raw & 255)", 0, 255)
        for statement in parse_semantics(row.semantics):
            assert isinstance(statement, Assignment)
            reads = memory_reads(statement.value)
            translator = Translator(names, loaded)
            if reads:
                address = needed([*before, f"address = {translator.truncated(reads[0].args[0])}"])
            assign(statement, translator, names, finish)
            before = list(finish) if address is None else before
        assert address is not None
        if row.accumulates:
            finish.append("s[base + u64(XREADY)] = t - lost + 1 + s[CFG_ACCUMULATE]")
        self.gathers.append(Gather(kind, address, needed(finish)))
        data = "rs3" if "rs3" in row.uses else "rd"
        immediate = _field("p") if "p" in row.field_map else None
        return Rule(row, at.OP_MEMORY | kind, d=data, s1="rs1", s2="rs2", immediate=immediate)

    def alu(self, row: Instruction) -> Rule:
        name = row.mnemonic
        if name in ("lui", "auipc"):
            relative = name == "auipc"
            op = self.number("add")
            self.alu(self.names["add"])
            # The decoder adds the program counter to auipc's immediate.
            return Rule(row, op, d="rd", immediate=_field("imm"), relative=relative)
        if name in _I_TYPE:
            immediate = "shamt" if "shamt" in row.field_map else "imm"
            return self.merged(row, _I_TYPE[name], _field(immediate))
        if name in _BIT_FIELDS:
            return self.merged(row, _BIT_FIELDS[name], _packed("Is2", "Is3"))
        if name in _NO_SHIFT:
            return self.merged(row, _NO_SHIFT[name], None)
        if ".sci." in name and name.replace(".sci.", ".sc.") in self.names:
            bits = 8 if name.endswith(".b") else 16
            return self.merged(row, name.replace(".sci.", "."), _replicated(bits))
        if ".sc." in name:
            splat = at.OP_SPLAT_B if name.endswith(".b") else at.OP_SPLAT_H
            return self.merged(row, name.replace(".sc.", "."), None, splat)
        return self.own(row)

    def merged(
        self, row: Instruction, target: str, immediate: Immediate | None, splat: int = 0
    ) -> Rule:
        """The row decodes to another row's operation."""
        self.own(self.names[target])
        return Rule(
            row,
            self.number(self.names[target].key),
            d="rd",
            s1="rs1",
            s2="rs2" if "rs2" in row.uses else "",
            immediate=immediate,
            splat=splat,
        )

    def own(self, row: Instruction) -> Rule:
        """The row's own operation, translated from its semantics."""
        op = self.number(row.key)
        immediates = [field for field in row.fields if not field.is_register]
        names = registers("r2" if immediates else "b")
        immediate: Immediate | None = None
        if len(immediates) == 1:
            [field] = immediates
            names[field.name] = Value("imm", field.low, field.high)
            immediate = _field(field.name)
        elif immediates:
            names["Is2"] = Value("(imm & 31)", 0, 31)
            # Two groups of bits cannot be reversed in groups of more than 3.
            names["Is3"] = Value("(imm >> 5)", 0, 31)
            immediate = _packed("Is2", "Is3")
        if op not in self.bodies:
            lines: list[str] = []
            for statement in parse_semantics(row.semantics):
                assert isinstance(statement, Assignment)
                assign(statement, Translator(names), names, lines)
            self.bodies[op] = [*waiting(row), *lines, *timing(row)]
        uses = row.uses
        return Rule(
            row,
            op,
            d="rd" if "rd" in row.defs else "",
            s1="rs1" if "rs1" in uses else "",
            s2="rs2" if "rs2" in uses else "",
            immediate=immediate,
        )
