"""The machine code of a body, as LLVM's instructions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir

from nmc.sim import ahead_layout as ahead
from nmc.sim import layout as at
from nmc.sim.native.bodies import Body, Step
from nmc.sim.native.expressions import Scope, read_registers, translate
from nmc.sim.native.registers import I64, Registers
from nmc.sim.operations import Gather, operations

I8, I32 = ir.IntType(8), ir.IntType(32)
NAME = "body"
ARGUMENTS = (
    *("s", "mem8", "core", "t", "lost", "place", "stored"),
    *("full", "stream", "start", "loop"),
)
"""`s` and `mem8` are the machine's arrays; `start` is the slot of the first instruction,
`loop` the place of the loop's registers; the others are what the engine calls so."""


CONSTANTS = (
    at.CFG_L1_BASE,
    at.CFG_L1_BYTES,
    at.CFG_BANK_MASK,
    at.CFG_TAGS,
    at.CFG_ACCUMULATE,
)
"""Numbers of the configuration that machine code is made for."""


def emit_body(body: Body, constants: Mapping[int, int]) -> str:
    """A module with the function NAME, which returns whether it ends behind the last instruction.

    It begins with the first instruction, whose line has been looked up, and makes turns until the
    last one has ended or the next one may not fit before `full`, or up to an access that cannot be
    made ahead. Time, stalls, notes and the slot of the next instruction (or of the last one) it
    leaves at BODY_*. `constants` has the machine's CONSTANTS.
    """
    module = ir.Module(NAME)
    pointers = [kind.as_pointer() for kind in (I64, I8)]
    numbers = [I64] * (len(ARGUMENTS) - len(pointers))
    function = ir.Function(module, ir.FunctionType(I64, [*pointers, *numbers]), NAME)
    for argument, name in zip(function.args, ARGUMENTS, strict=True):
        argument.name = name
    _Emitter(function, body, constants).emit()
    return str(module)


@cache
def gathers() -> Mapping[int, Gather]:
    """By type of access."""
    return {gather.kind: gather for gather in operations().gathers}


def lines_of(step: Step) -> list[str]:
    """The step's translated lines; none for plain loads and stores."""
    if not at.OP_MEMORY <= step.op < at.OP_SPLAT_B:
        return operations().bodies[step.op & 0xFF if step.op >= at.OP_SPLAT_B else step.op]
    gather = gathers().get(step.op & at.TYPE_MASK)
    return [*gather.address, *gather.finish] if gather is not None else []


@dataclass
class _Leave:
    """Code comes from `block` to the function's end."""

    block: Any
    values: list[Any]
    """Of the values in the order of `_Emitter.kept`."""
    slot: Any
    behind: bool


class _Emitter:
    def __init__(self, function: Any, body: Body, constants: Mapping[int, int]):
        self.body = body
        self.constants = constants
        self.function = function
        self.s, self.mem8, self.core, self.t, self.lost, self.place, self.stored = function.args[:7]
        self.full, self.stream, self.start, self.loop = function.args[7:]
        self.begun = self.lost
        self.builder: Any = ir.IRBuilder(function.append_basic_block("entry"))
        self.leaving = function.append_basic_block("leave")
        self.leaves: list[_Leave] = []
        used = {place for step in body.steps for place in self.registers_of(step)}
        self.registers = Registers(self.builder, used)

    # --- small things ------------------------------------------------------------------------

    def number(self, value: int) -> Any:
        return ir.Constant(I64, value)

    def plus(self, value: Any, more: int) -> Any:
        return self.builder.add(value, self.number(more)) if more else value

    def configuration(self, place: int) -> Any:
        if place in self.constants:
            return self.number(self.constants[place])
        return self.load(self.number(place))

    def load(self, place: Any) -> Any:
        return self.builder.load(self.builder.gep(self.s, [place]))

    def put(self, value: Any, place: Any) -> None:
        self.builder.store(value, self.builder.gep(self.s, [place]))

    def registers_of(self, step: Step) -> Iterator[int]:
        yield from (step.d, step.s1, step.s2)
        yield from read_registers(lines_of(step), step.d)

    # --- the function ------------------------------------------------------------------------

    def emit(self) -> None:
        builder = self.builder
        self.begin()
        turn = self.function.append_basic_block("turn")
        before, entry = self.kept, builder.block
        builder.branch(turn)
        builder.position_at_end(turn)
        phis: list[Any] = [builder.phi(value.type) for value in before]
        self.t, self.lost, self.place, self.stored, self.count, *registers = phis
        self.registers.values = registers
        self.turn()
        again = self.function.append_basic_block("again")
        last = self.plus(self.start, 4 * (len(self.body.steps) - 1))
        goes_on = builder.icmp_signed(">", self.count, self.number(1))
        builder.cbranch(goes_on, again, self.leaving)
        self.leave(last, behind=True)
        builder.position_at_end(again)
        self.count = self.plus(self.count, -1)
        self.wait(self.body.end_stall)
        self.touch(0)
        fits = builder.icmp_signed("<=", self.plus(self.t, self.body.cycles), self.full)
        builder.cbranch(fits, turn, self.leaving)
        self.leave(self.again, behind=False)
        for phi, first, following in zip(phis, before, self.kept, strict=True):
            phi.add_incoming(first, entry)
            phi.add_incoming(following, again)
        self.finish()

    def begin(self) -> None:
        """Loads what the turns need; leaves if a line is not in the cache."""
        builder, zero = self.builder, self.number(0)
        first = self.plus(builder.shl(self.core, self.number(at.REG_SHIFT)), at.REGS)
        self.kept_at = self.registers.places(builder.gep(self.s, [first]))
        self.registers.values = [builder.load(place, align=8) for place in self.kept_at]
        self.count = self.load(self.plus(self.loop, 2))
        self.find_lines()
        self.slot = self.again
        for way in self.ways:
            self.go_on_if(builder.icmp_signed("!=", way, zero))

    def turn(self) -> None:
        """The instructions of the body."""
        line = 0
        for index, step in enumerate(self.body.steps):
            self.wait(step.stall)
            if step.new_line:
                line += 1
                self.touch(line)
            self.slot = self.again if index == 0 else self.plus(self.start, 4 * index)
            self.step(step)
            self.t = self.plus(self.t, 1)

    def find_lines(self) -> None:
        """Where the lines' ages are kept, and whether they are in the cache."""
        builder = self.builder
        cores_lines = builder.mul(self.core, self.configuration(at.CFG_LINES))
        cores_ages = builder.mul(self.core, self.configuration(at.CFG_AGES))
        lines = builder.add(self.configuration(at.AT_LINES), cores_lines)
        self.ages = builder.add(self.configuration(at.AT_AGES), cores_ages)
        shift = self.configuration(at.CFG_LINE_SHIFT)
        first = builder.add(lines, builder.ashr(self.start, shift))
        self.ways: list[Any] = [
            self.load(self.plus(first, line)) for line in range(self.body.lines)
        ]
        self.again = self.plus(self.start, 1)

    @property
    def kept(self) -> list[Any]:
        registers = self.registers.values
        return [self.t, self.lost, self.place, self.stored, self.count, *registers]

    def leave(self, slot: Any, behind: bool) -> None:
        """The block just ended may go on at the function's end."""
        self.leaves.append(_Leave(self.builder.block, self.kept, slot, behind))

    def wait(self, cycles: int) -> None:
        self.t, self.lost = self.plus(self.t, cycles), self.plus(self.lost, cycles)

    def touch(self, line: int) -> None:
        self.put(self.t, self.builder.add(self.ages, self.ways[line]))

    def finish(self) -> None:
        builder = self.builder
        builder.position_at_end(self.leaving)
        slot = self.joined([leave.slot for leave in self.leaves])
        behind = self.joined([self.number(int(leave.behind)) for leave in self.leaves])
        kept = zip(*(leave.values for leave in self.leaves), strict=True)
        t, lost, place, stored, count, *registers = (self.joined(values) for values in kept)
        stalled = builder.sub(lost, self.begun)
        for where, value in enumerate((t, lost, place, stored, slot)):
            self.put(value, self.number(at.BODY + where))
        self.put(count, self.plus(self.loop, 2))
        shift = self.number(at.STALL_SHIFT)
        stalls = self.plus(builder.shl(self.core, shift), at.STALLS + at.STALL_LOAD_USE)
        self.put(builder.add(self.load(stalls), stalled), stalls)
        for index in sorted(self.registers.written):
            builder.store(registers[index], self.kept_at[index], align=8)
        builder.ret(behind)

    def joined(self, values: Sequence[Any]) -> Any:
        phi = self.builder.phi(values[0].type)
        for leave, value in zip(self.leaves, values, strict=True):
            phi.add_incoming(value, leave.block)
        return phi

    # --- instructions ------------------------------------------------------------------------

    def scope(self, step: Step) -> Scope:
        r2, imm = self.registers[step.s2], self.number(step.imm)
        names = {
            "a": self.registers[step.s1],
            "r2": r2,
            "imm": imm,
            "b": self.second(step, r2),
            "t": self.t,
            "lost": self.lost,
        }
        return Scope(names, self.registers, step.d, self.configuration)

    def second(self, step: Step, r2: Any) -> Any:
        builder = self.builder
        if step.op >= at.OP_SPLAT_H:
            return builder.mul(builder.and_(r2, self.number(0xFFFF)), self.number(0x0001_0001))
        if step.op >= at.OP_SPLAT_B:
            return builder.mul(builder.and_(r2, self.number(0xFF)), self.number(0x0101_0101))
        if step.s2 == 0:
            return self.number(step.imm & at.MASK32)
        return self.word(self.plus(r2, step.imm)) if step.imm else r2

    def word(self, value: Any) -> Any:
        return self.builder.and_(value, self.number(at.MASK32))

    def step(self, step: Step) -> None:
        if not at.OP_MEMORY <= step.op < at.OP_SPLAT_B:
            translate(self.builder, lines_of(step), self.scope(step))
            return
        kind = step.op & at.TYPE_MASK
        if kind in gathers():
            self.gather(step, gathers()[kind])
            return
        a = self.registers[step.s1]
        further = self.word(self.builder.add(a, self.second(step, self.registers[step.s2])))
        offset, word = self.offset(a if step.op & at.OP_POST else further, kind)
        stores = kind in (at.SB, at.SH, at.SW)
        if stores:
            self.note_store(step, offset, word, kind)
        loaded = None if stores else self.note_load(offset, word)
        if step.op & at.OP_POST:
            self.registers[step.s1] = further
        if loaded is not None:
            self.registers[step.d] = self.extended(kind, self.shifted(loaded, offset))

    def gather(self, step: Step, gather: Gather) -> None:
        scope = self.scope(step)
        translate(self.builder, gather.address, scope)
        offset, word = self.offset(scope.names["address"], gather.kind)
        raw = self.note_load(offset, word)
        if gather.kind < at.FIRST_WORD_GATHER:
            raw = self.shifted(raw, offset)
        scope.names["raw"] = raw
        translate(self.builder, gather.finish, scope)

    # --- accesses ----------------------------------------------------------------------------

    def offset(self, address: Any, kind: int) -> tuple[Any, Any]:
        """Offset in L1 and number of the word, of an access that lies in one word of it."""
        builder = self.builder
        offset = builder.sub(address, self.configuration(at.CFG_L1_BASE))
        inside = builder.icmp_unsigned("<", offset, self.configuration(at.CFG_L1_BYTES))
        low = builder.and_(offset, self.number(3))
        if kind in (at.LW, at.SW):
            inside = builder.and_(inside, builder.icmp_signed("==", low, self.number(0)))
        elif kind in (at.LH, at.LHU, at.SH):
            inside = builder.and_(inside, builder.icmp_signed("!=", low, self.number(3)))
        self.go_on_if(inside)
        return offset, builder.lshr(offset, self.number(2))

    def go_on_if(self, condition: Any) -> None:
        """The engine carries out this instruction unless the condition holds."""
        block = self.function.append_basic_block()
        self.builder.cbranch(condition, block, self.leaving)
        self.leave(self.slot, behind=False)
        self.builder.position_at_end(block)

    def byte(self, place: Any) -> Any:
        return self.builder.gep(self.mem8, [place])

    def note_bank(self, word: Any, flags: int) -> None:
        builder = self.builder
        bank = self.plus(builder.and_(word, self.configuration(at.CFG_BANK_MASK)), 1)
        asked = builder.trunc(bank, I8)
        if flags:
            asked = builder.or_(asked, ir.Constant(I8, flags))
        builder.store(asked, self.byte(builder.add(self.stream, self.t)))

    def note_load(self, offset: Any, word: Any) -> Any:
        """The word read, with the access noted; `offset` lies in it."""
        builder = self.builder
        tag = builder.load(self.byte(builder.add(self.configuration(at.CFG_TAGS), word)))
        self.go_on_if(builder.icmp_signed("==", tag, ir.Constant(I8, 0)))
        aligned = builder.and_(offset, self.number(~3))
        place = builder.bitcast(self.byte(aligned), I32.as_pointer())
        raw = builder.zext(builder.load(place), I64)
        self.note_bank(word, 0)
        self.put_note(self.place, offset, raw)
        self.place = self.plus(self.place, 1)
        return raw

    def note_store(self, step: Step, offset: Any, word: Any, kind: int) -> None:
        builder = self.builder
        place = self.byte(builder.add(self.configuration(at.CFG_TAGS), word))
        tag = builder.load(place)
        self.go_on_if(builder.icmp_unsigned("<", tag, ir.Constant(I8, ahead.STORES_FULL)))
        builder.store(builder.add(tag, ir.Constant(I8, 1)), place)
        self.note_bank(word, ahead.WRITES)
        what = builder.or_(offset, self.number(kind << ahead.KIND_SHIFT))
        self.put_note(self.stored, what, self.registers[step.d])
        self.stored = self.plus(self.stored, 1)

    def put_note(self, place: Any, low: Any, high: Any) -> None:
        """A note whose halves are two words."""
        builder = self.builder
        note = builder.bitcast(builder.gep(self.s, [place]), I32.as_pointer())
        builder.store(builder.trunc(low, I32), note)
        upper = builder.gep(note, [ir.Constant(I32, ahead.WORD_SHIFT // 32)])
        builder.store(builder.trunc(high, I32), upper)

    def shifted(self, raw: Any, offset: Any) -> Any:
        """The bytes from `offset` on lowest."""
        low = self.builder.and_(offset, self.number(3))
        return self.builder.lshr(raw, self.builder.shl(low, self.number(3)))

    def extended(self, kind: int, raw: Any) -> Any:
        """The register's value of a load of type `kind`."""
        if kind == at.LW:
            return raw
        bits = ir.IntType(8 if kind in (at.LB, at.LBU) else 16)
        low = self.builder.trunc(raw, bits)
        if kind in (at.LBU, at.LHU):
            return self.builder.zext(low, I64)
        return self.builder.zext(self.builder.sext(low, I32), I64)
