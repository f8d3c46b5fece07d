"""Decodes a program's code once, into slots the engine dispatches on.

There are four slots for each place where an instruction may begin: for each word, or each halfword
if there are compressed instructions. The first holds the instruction; if something happens behind
it (a load-use stall, the end of a hardware loop or of a cache line) it has a mark, and the last one
says what. So what can be known before the program runs costs next to nothing while it runs, and
loops and lines need no test at every instruction. At a layer's entry the first slot stops core 0
and the instruction itself is in the second.

A compressed instruction is decoded as the one it stands for. Where there are any, a 32-bit
instruction takes two places, and passing over the second one happens behind it as well. If its
halves lie in two cache lines the first slot fetches the second line, and the instruction itself is
in the third.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nmc.isa.table import Instruction
from nmc.sim import layout as at
from nmc.sim.array_fields import extract
from nmc.sim.jit import Ints
from nmc.sim.loop_bodies import loop_ends
from nmc.sim.operations import Rule, operations
from nmc.sim.program import ProgramCode

_JUMPS = ("B", "BI", "J")
_DISTANCES = ("off", "uimm")


@dataclass(frozen=True)
class Code:
    """Decoded code."""

    slots: Ints
    """int64[slots + padding]"""
    sources: Ints
    """int64 likewise. At an instruction's first slot: bits 31:0 the registers it reads, bits
    63:32 the register it jumps by. At its second: bits 31:0 the registers it computes, bits
    63:32 the register it loads. At its third: 1 where there is code, which cannot be written."""
    rows: Ints
    """Row of the table for each place, -1 for no instruction."""


@dataclass(frozen=True)
class Costs:
    """What of the machine the decoder must know: cycles it charges, bytes of a cache line."""

    load_use: int
    jalr_after_alu: int
    jalr_after_load: int
    line_bytes: int


def decode_code(
    code: ProgramCode, costs: Costs, layers: Iterable[int], ends: Iterable[int] = ()
) -> Code:
    """Decodes a program.

    `layers` are entry addresses at which the engine returns; `ends` addresses of last instructions
    of loops beyond those the code's own loop instructions name.
    """
    return _Decoder(code, costs, set(layers), set(ends)).decode()


class _Decoder:
    def __init__(self, code: ProgramCode, costs: Costs, layers: set[int], ends: set[int]):
        self.code = code
        self.words = code.words
        self.costs = costs
        self.layers = [code.slot(address) >> 2 for address in layers]
        self.loop_ends = {code.slot(address) >> 2 for address in ends}
        count = len(self.words)
        self.count = count
        self.size = np.where(code.short, 1, 4 // code.place_bytes)
        """Places an instruction takes."""
        self.offset = np.arange(count, dtype=np.int64) * code.place_bytes
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
        operands = {field.name: extract(field, self.words[where]) for field in row.fields}
        self.rows[where] = row.index
        self.op[where] = rule.mixed if self.code.compressed and rule.mixed else rule.op
        if rule.d:
            d = operands[rule.d]
            loop_or_data = rule.d in ("L", "rs2", "rs3")
            self.d[where] = d if loop_or_data else np.where(d == 0, at.DUMMY, d)
        if rule.s1:
            self.s1[where] = operands[rule.s1]
        if rule.s2:
            self.s2[where] = operands[rule.s2]
        if rule.relative:
            # The engine counts distances in slots.
            for name in operands.keys() & _DISTANCES:
                operands[name] <<= self.code.slot_shift
        if rule.immediate is not None:
            self.imm[where] = rule.immediate(operands, self.offset[where])
        if row.is_post_increment:
            # x0 stays 0: what is left is an access at address 0.
            fixed = where[self.s1[where] == 0]
            self.op[fixed] &= ~at.OP_POST
            self.s2[fixed] = self.imm[fixed] = 0
        if row.mnemonic == "auipc":
            self.imm[where] += self.code.base + self.offset[where]
        else:
            self.relative[where] = rule.relative
        self.splat[where] = rule.splat
        self.link[where] = rule.link
        self.note_hazards(row, operands, where)

    def note_hazards(self, row: Instruction, operands: dict[str, Ints], where: Ints) -> None:
        for name in row.early_uses:
            self.reads[where] |= 1 << operands[name]
        if row.mnemonic == "jalr":
            self.jumps_by[where] = 1 << operands["rs1"]
        jump = row.format in _JUMPS or row.mnemonic == "jalr"
        self.ends_with_jump[where] = jump
        for name in row.defs if not jump else ():
            target = self.loads if name == "rd" and row.writes_late else self.computes
            target[where] |= 1 << operands[name]
        for array in (self.reads, self.jumps_by, self.computes, self.loads):
            array[where] &= ~1

    def find_loop_ends(self) -> None:
        """Marks the last instructions of loops; bodies the hardware cannot run become faults."""
        for place, end in loop_ends(self.code, self.rows, self.ends_with_jump):
            if end is None:
                self.op[place] = at.OP_BAD_LOOP
            else:
                self.loop_ends.add(end)

    def check_targets(self) -> None:
        """Jumps and branches out of the code or between instructions are faults if taken."""
        rules = operations().rules
        for i in np.flatnonzero(self.relative & self.ends_with_jump):
            rule = rules[int(self.rows[i])]
            distance = int(self.imm[i])
            if rule.row.format == "BI":
                distance = ((distance & 0xFFFF) ^ 0x8000) - 0x8000
            target = 4 * int(i) + distance
            if target & 3 or not 0 <= target < 4 * self.count:
                self.op[i] = rule.outward

    def lay_out(self) -> Code:
        slots = np.zeros(4 * self.count + 64, np.int64)
        sources = np.zeros(4 * self.count + 64, np.int64)
        sources[0 : 4 * self.count : 4] = self.reads | (self.jumps_by << 32)
        sources[1 : 4 * self.count : 4] = self.computes | (self.loads << 32)
        sources[2 : 4 * self.count : 4] = self.code.marks
        enters = np.zeros(self.count, np.int64)
        enters[self.layers] = 1
        wide = self.size == 2
        crosses = wide & ((self.offset + 2) % self.costs.line_bytes == 0)
        before = np.where(crosses, 2, enters)
        behind, pseudo = self.pseudo_behind()
        s2 = np.where(self.link, 4 * self.size - before, self.s2)
        imm = np.where(self.relative, self.imm - before, self.imm)
        start = np.arange(self.count, dtype=np.int64) * 4
        # Where a line ends the next one has to be looked up; and from other slots than the first
        # one does not come to the next instruction by adding its size.
        line = self.costs.line_bytes
        behind_it = self.offset + self.size * self.code.place_bytes
        ends_line = self.offset // line != behind_it // line
        marks = (
            np.where(behind | (before != 0), at.BEHIND, 0)
            | np.where(ends_line, at.LINE_END, 0)
            | np.where(wide, at.WIDE, 0)
        )
        op = self.op | self.splat | marks
        slots[start + before] = _slot(op, self.d, self.s1, s2, imm)
        slots[start[behind] + 3] = pseudo[behind]
        slots[(start + enters)[crosses]] = at.OP_CROSSING
        slots[start[enters == 1]] = at.OP_LAYER
        slots[start[wide]] |= at.WIDE
        slots[start[wide & (self.offset % 4 != 0)]] |= at.ASTRIDE
        return Code(slots, sources, self.rows)

    def pseudo_behind(self) -> tuple[Ints, Ints]:
        """Which instructions have a pseudo-operation behind them, and it (without its step)."""
        following = np.arange(self.count) + self.size
        # Nothing is read behind the end.
        reads, jumps_by = (np.append(array, [0, 0]) for array in (self.reads, self.jumps_by))
        use = self.loads & reads[following]
        jump_alu = self.computes & jumps_by[following]
        jump_load = self.loads & jumps_by[following]
        cycles = np.where(
            jump_load != 0,
            self.costs.jalr_after_load,
            np.where(
                jump_alu != 0,
                self.costs.jalr_after_alu,
                np.where(use != 0, self.costs.load_use, 0),
            ),
        )
        kind = np.where(use != 0, at.STALL_LOAD_USE, at.STALL_BRANCH)
        wide = (self.size == 2) & ~self.ends_with_jump
        op = np.where(wide, at.OP_WIDE, at.OP_STALL)
        pseudo = op | (kind << at.S1_SHIFT) | (cycles << at.IMM_SHIFT)
        behind = wide | (cycles != 0)
        for end in self.loop_ends:
            if self.ends_with_jump[end]:
                continue
            behind[end] = True
            pseudo[end] = at.OP_LOOP_END_WIDE if wide[end] else at.OP_LOOP_END
        return behind, pseudo


def _slot(op: Ints, d: Ints, s1: Ints, s2: Ints, imm: Ints) -> Ints:
    return (
        op | (s2 << at.S2_SHIFT) | (s1 << at.S1_SHIFT) | (d << at.D_SHIFT) | (imm << at.IMM_SHIFT)
    )
