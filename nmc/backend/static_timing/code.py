"""Flat code as it will lie in memory: instructions with their lines and what they take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue
from xdsl.utils.exceptions import DiagnosticException

from nmc.backend.machine.assembly import assembly_line
from nmc.backend.machine.branch_ranges import instruction_bytes
from nmc.backend.machine.flat_peephole import target_of
from nmc.backend.machine.registers import number_of
from nmc.isa.table import Instruction, by_mnemonic
from nmc.numerics.packing import round_up
from nmc.targets import Target, Timing

# Instructions in whose loops turns may differ: those that jump, and barriers.
TURNING = frozenset({"branch", "jal", "jalr", "event"})
# Functions that look whether there is something to do. What they do then is among the cycles of the
# weight stream, which are counted elsewhere.
IDLE = ("stream_pump",)
# What the assembler makes of the words that are no instructions themselves.
PSEUDO: Mapping[str, str] = {"li": "addi", "mv": "addi", "nop": "addi", "j": "jal", "ret": "jalr"}


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction.

    line: of code, by number. kind: its row of the target's timing table. cycles: it takes at
    least, the wait for a load right in front of it included. reads, writes: registers, in the
    order of operands and results. bytes: of its access to memory. target: the label that it
    names, or the function that it calls.
    """

    op: Operation
    line: int
    kind: str
    cycles: int
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    bytes: int
    target: str


@dataclass(frozen=True)
class Code:
    """The instructions of a module in order; `entries` and `labels` are places among them.

    idle: places of branches that are taken if there is nothing to do, as they are taken to be.
    """

    steps: Sequence[Step]
    entries: Mapping[str, int]
    labels: Mapping[str, int]
    idle: frozenset[int]

    def is_plain(self, first: int, last: int) -> bool:
        """Whether all turns of a loop from place `first` to `last` do the same."""
        return not any(step.kind in TURNING for step in self.steps[first : last + 1])

    def places(self, name: str) -> range:
        """Where a function's instructions are."""
        first = self.entries[name]
        later = [place for place in self.entries.values() if place > first]
        return range(first, min(later, default=len(self.steps)))

    def function(self, name: str) -> Sequence[Step]:
        """The instructions of a function."""
        places = self.places(name)
        return self.steps[places.start : places.stop]

    def reached(self, name: str) -> Sequence[str]:
        """A function and all that it calls, directly or not, itself first."""
        found = [name]
        for one in found:
            calls = (step.target for step in self.function(one) if step.target in self.entries)
            found += [callee for callee in dict.fromkeys(calls) if callee not in found]
        return found


def place_code(module: ModuleOp, first: int, target: Target) -> Code:
    """The code of the functions of a flat module, the first one at address `first`.

    Each function begins a line, as it does in the program. Lines are numbered by address.
    DiagnosticException where a branch or a loop names a label that is not there.
    """
    steps, entries, labels = list[Step](), dict[str, int](), dict[str, int]()
    address, line_bytes, rows = first, target.icache.line_bytes, _Rows()
    for function in module.ops:
        if not isinstance(function, riscv_func.FuncOp) or not function.body.blocks:
            continue
        address = round_up(address, line_bytes)
        entries[function.sym_name.data] = len(steps)
        late = frozenset[int]()
        for op in function.body.block.ops:
            if isinstance(op, riscv.LabelOp):
                labels[op.label.data] = len(steps)
            if size := instruction_bytes(op):
                row = rows.of(op)
                steps.append(_step(op, row, address // line_bytes, late, target))
                late = frozenset(steps[-1].writes[:1]) if row.writes_late else frozenset[int]()
                address += size
    for step in steps:
        if step.target and step.kind != "jal" and step.target not in labels:
            raise DiagnosticException(f"{step.op.name}: there is no label {step.target}")
    code = Code(steps, entries, labels, frozenset())
    places = (code.places(name) for name in IDLE if name in entries)
    idle = {place for range_ in places for place in range_ if steps[place].kind == "branch"}
    return replace(code, idle=frozenset(idle))


def _step(op: Operation, row: Instruction, line: int, late: frozenset[int], target: Target) -> Step:
    reads, writes = tuple(_numbers(op.operands)), tuple(_numbers(op.results))
    cycles = cycles_of(row, target.timing)
    if late.intersection(reads):
        cycles += target.timing.load_use
    callee = op.callee.string_value() if isinstance(op, riscv_func.CallOp) else ""
    label = callee or target_of(op) or ""
    return Step(op, line, row.timing_class, cycles, reads, writes, row.access_bytes, label)


def cycles_of(row: Instruction, timing: Timing) -> int:
    """What an instruction takes at least: a branch that is not taken, the shortest division."""
    if row.ext == "xrq":
        return timing.requantise
    by_class = {
        "mul": timing.mul,
        "mulh": timing.mulh,
        "div": timing.div,
        "branch": timing.branch,
        "jal": timing.jal,
        "jalr": timing.jalr,
        "hwloop": timing.hwloop,
        "csr": timing.csr,
    }
    return by_class.get(row.timing_class, timing.alu)


@dataclass
class _Rows:
    """Rows of the instruction table by operation: each name's assembly is looked at once."""

    known: dict[str, Instruction] = field(default_factory=dict[str, Instruction])

    def of(self, op: Operation) -> Instruction:
        """The row of an operation."""
        if op.name not in self.known:
            self.known[op.name] = _row(op)
        return self.known[op.name]


def _row(op: Operation) -> Instruction:
    line = assembly_line(op)
    assert line is not None
    words = line.split()
    rows = by_mnemonic(PSEUDO.get(words[0], words[0]))
    # A load that moves its pointer on has the mnemonic of the one that does not.
    return next((row for row in rows if ("!" in row.syntax) == ("!" in line)), rows[0])


def _numbers(values: Iterable[SSAValue]) -> list[int]:
    numbers = (number_of(value.type) for value in values)
    return [number for number in numbers if number is not None]
