"""Decodes a program's code once, into slots the engine dispatches on.

There is one slot for each byte of code. An instruction is at the slot of its address; if something
happens behind it (a load-use stall, the end of a hardware loop) it has a mark, and the slot of its
last byte says what. So what can be known before the program runs costs next to nothing while it
runs, and loops need no test at every instruction. At a layer's entry the first slot stops core 0
and the instruction itself is in the second.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nmc.isa.fields import Field
from nmc.isa.table import Instruction
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.operations import Rule, operations

_JUMPS = ("B", "BI", "J")


@dataclass(frozen=True)
class Code:
    """Decoded code."""

    base: int
    slots: Ints
    """int64[bytes + padding]"""
    sources: Ints
    """int64 likewise. At an instruction's first slot: bits 31:0 the registers it reads, bits
    63:32 the register it jumps by. At its second: bits 31:0 the registers it computes, bits
    63:32 the register it loads."""
    rows: Ints
    """Row of the table for each word of code, -1 for no instruction."""


@dataclass(frozen=True)
class Stalls:
    """Cycles the decoder charges."""

    load_use: int
    jalr_after_alu: int
    jalr_after_load: int


def decode_code(
    base: int, words: Ints, stalls: Stalls, layers: Iterable[int], loop_ends: Iterable[int] = ()
) -> Code:
    """Decodes little-endian `words` (uint32) at address `base`.

    `layers` are entry addresses at which the engine returns; `loop_ends` addresses of last
    instructions of loops beyond those the code's own loop instructions name.
    """
    return _Decoder(base, words, stalls, set(layers), set(loop_ends)).decode()


class _Decoder:
    def __init__(
        self, base: int, words: Ints, stalls: Stalls, layers: set[int], loop_ends: set[int]
    ):
        self.base = base
        self.words = words.astype(np.int64)
        self.stalls = stalls
        self.layers = {(address - base) >> 2 for address in layers}
        self.loop_ends = {(address - base) >> 2 for address in loop_ends}
        count = len(words)
        self.count = count
        self.rows = np.full(count, -1, np.int64)
        self.d = np.full(count, at.DUMMY, np.int64)
        self.s1 = np.zeros(count, np.int64)
        self.s2 = np.zeros(count, np.int64)
        self.imm = np.zeros(count, np.int64)
        self.op = np.zeros(count, np.int64)
        self.splat = np.zeros(count, np.int64)
        self.relative = np.zeros(count, bool)
        self.link = np.zeros(count, bool)
        self.reads = np.zeros(count, np.int64)
        self.jumps_by = np.zeros(count, np.int64)
        self.computes = np.zeros(count, np.int64)
        self.loads = np.zeros(count, np.int64)
        self.ends_with_jump = np.zeros(count, bool)

    def decode(self) -> Code:
        for rule in sorted(operations().rules, key=lambda rule: -rule.row.mask.bit_count()):
            found = np.flatnonzero((self.words & rule.row.mask == rule.row.match) & (self.rows < 0))
            if len(found):
                self.fill(rule, found)
        self.find_loop_ends()
        self.check_targets()
        return self.lay_out()

    def fill(self, rule: Rule, where: Ints) -> None:
        """Takes the words at `where` apart, all instructions of one row."""
        row = rule.row
        operands = {field.name: _extract(field, self.words[where]) for field in row.fields}
        self.rows[where] = row.index
        self.op[where] = rule.op
        if rule.d:
            d = operands[rule.d]
            loop_or_data = rule.d in ("L", "rs2")
            self.d[where] = d if loop_or_data else np.where(d == 0, at.DUMMY, d)
        if rule.s1:
            self.s1[where] = operands[rule.s1]
        if rule.s2:
            self.s2[where] = operands[rule.s2]
        if rule.immediate is not None:
            self.imm[where] = rule.immediate(operands, where * 4)
        if row.mnemonic == "auipc":
            self.imm[where] += self.base + where * 4
        else:
            self.relative[where] = rule.relative
        self.splat[where] = rule.splat
        self.link[where] = rule.link
        self.note_hazards(row, operands, where)

    def note_hazards(self, row: Instruction, operands: dict[str, Ints], where: Ints) -> None:
        for name in row.uses:
            self.reads[where] |= 1 << operands[name]
        if row.mnemonic == "jalr":
            self.jumps_by[where] = 1 << operands["rs1"]
        jump = row.format in _JUMPS or row.mnemonic == "jalr"
        self.ends_with_jump[where] = jump
        for name in row.defs if not jump else ():
            target = self.loads if name == "rd" and row.is_load else self.computes
            target[where] |= 1 << operands[name]
        for array in (self.reads, self.jumps_by, self.computes, self.loads):
            array[where] &= ~1

    def find_loop_ends(self) -> None:
        """Marks the last instructions of loops; bodies the hardware cannot run become faults."""
        rules = operations().rules
        for i in np.flatnonzero(self.rows >= 0):
            row = rules[int(self.rows[i])].row
            if row.ext != "xpulp_hwloop" or "uimm" not in row.field_map:
                continue
            distance = int(_extract(row.field_map["uimm"], self.words[i : i + 1])[0])
            if row.mnemonic == "lp.starti":
                continue
            end = i + (distance >> 2)
            setup = row.mnemonic.startswith("lp.setup")
            short = distance < 8 if setup else distance == 0
            if short or distance & 3 or end >= self.count or self.ends_with_jump[end]:
                self.op[i] = at.OP_BAD_LOOP
            else:
                self.loop_ends.add(int(end))

    def check_targets(self) -> None:
        """Branches out of the code or between instructions become fetch faults."""
        generated = self.relative & (self.op != at.OP_BAD_LOOP)
        for i in np.flatnonzero(generated & self.ends_with_jump):
            distance = int(self.imm[i])
            if self.op[i] != at.OP_ILLEGAL and operations().rules[self.rows[i]].row.format == "BI":
                distance = ((distance & 0xFFFF) ^ 0x8000) - 0x8000
            target = 4 * int(i) + distance
            if target & 3 or not 0 <= target < 4 * self.count:
                self.op[i] = at.OP_BAD_TARGET

    def lay_out(self) -> Code:
        slots = np.zeros(4 * self.count + 64, np.int64)
        sources = np.zeros(4 * self.count + 64, np.int64)
        sources[0 : 4 * self.count : 4] = self.reads | (self.jumps_by << 32)
        sources[1 : 4 * self.count : 4] = self.computes | (self.loads << 32)
        before = np.zeros(self.count, np.int64)
        before[list(self.layers)] = 1
        behind, pseudo = self.pseudo_behind()
        s2 = np.where(self.link, 4 - before, self.s2)
        imm = np.where(self.relative, self.imm - before, self.imm)
        op = self.op | self.splat | np.where(behind, at.BEHIND, 0)
        start = np.arange(self.count, dtype=np.int64) * 4
        slots[start + before] = _slot(op, self.d, self.s1, s2, imm)
        slots[start[behind] + 3] = pseudo[behind]
        slots[start[before == 1]] = at.OP_LAYER
        return Code(self.base, slots, sources, self.rows)

    def pseudo_behind(self) -> tuple[Ints, Ints]:
        """Which instructions have a pseudo-operation behind them, and it (without its step)."""
        following = slice(1, None)
        use = np.zeros(self.count, np.int64)
        jump_alu = np.zeros(self.count, np.int64)
        jump_load = np.zeros(self.count, np.int64)
        use[:-1] = self.loads[:-1] & self.reads[following]
        jump_alu[:-1] = self.computes[:-1] & self.jumps_by[following]
        jump_load[:-1] = self.loads[:-1] & self.jumps_by[following]
        cycles = np.where(
            jump_load != 0,
            self.stalls.jalr_after_load,
            np.where(
                jump_alu != 0,
                self.stalls.jalr_after_alu,
                np.where(use != 0, self.stalls.load_use, 0),
            ),
        )
        kind = np.where(use != 0, at.STALL_LOAD_USE, at.STALL_BRANCH)
        pseudo = at.OP_STALL | (kind << at.S1_SHIFT) | (cycles << at.IMM_SHIFT)
        behind = cycles != 0
        for end in self.loop_ends:
            if self.ends_with_jump[end]:
                continue
            behind[end] = True
            pseudo[end] = at.OP_LOOP_END
        return behind, pseudo


def _slot(op: Ints, d: Ints, s1: Ints, s2: Ints, imm: Ints) -> Ints:
    return (
        op | (s2 << at.S2_SHIFT) | (s1 << at.S1_SHIFT) | (d << at.D_SHIFT) | (imm << at.IMM_SHIFT)
    )


def _extract(field: Field, words: Ints) -> Ints:
    """`Field.extract` for an array of words."""
    value = np.zeros(len(words), np.int64)
    for part in field.slices:
        value |= ((words >> part.lo) & part.ones) << part.shift
    if field.kind == "signed":
        value -= (value >> (field.bits - 1)) << field.bits
    return value
