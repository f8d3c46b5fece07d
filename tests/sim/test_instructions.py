"""Every row of the instruction table on both engines, against the table's own semantics."""

import random
from collections.abc import Callable

import pytest

from nmc.isa.csrs import STATE_CSRS
from nmc.isa.table import Instruction, encode, load_table
from tests.sim.bare import run_bare
from tests.sim.evaluation import Memory, State, execute
from tests.sim.instruction_cases import REACH, Case, aliasings, cases, random_word, registers
from tests.sim.stepping import FastStepper, OracleStepper, Stepper

DESCRIBED = ("zicsr", "zifencei", "priv", "xpulp_hwloop")
"""Extensions whose semantics are not written to be executed; they have tests of their own."""


def is_executable(row: Instruction) -> bool:
    """Whether the semantics column can be run."""
    return row.ext not in DESCRIBED and "#" not in row.semantics


ROWS = [row for row in load_table() if is_executable(row)]
CASES = {row.key: cases(row) for row in ROWS}


def test_described_rows_are_few() -> None:
    assert len(ROWS) >= 350
    assert len(load_table()) - len(ROWS) <= 20


def test_aliasings_are_all_there_are() -> None:
    """With three registers: each its own or the same as another, and any of them x0."""
    three = next(row for row in ROWS if row.mnemonic == "add")
    patterns = {tuple(pattern.values()) for pattern in aliasings(three)}
    assert len(patterns) == 15
    assert {(5, 5, 5), (5, 6, 5), (5, 5, 0), (0, 5, 6), (0, 0, 0), (5, 6, 31)} <= patterns


@pytest.fixture(scope="module")
def machines() -> tuple[Stepper, Stepper]:
    words = [encode(case.row, case.operands) for row in ROWS for case in CASES[row.key]]
    content = random.Random(1).randbytes(1 << 16)
    steppers = FastStepper(words, spacing=8), OracleStepper(words, spacing=8)
    for stepper in steppers:
        stepper.simulator.write(stepper.l1.base, content)
    return steppers


def first_index(row: Instruction) -> int:
    """Number of the row's first case among all."""
    return sum(len(CASES[other.key]) for other in ROWS[: ROWS.index(row)])


@pytest.mark.parametrize("key", CASES)
def test_row(key: str, machines: tuple[Stepper, Stepper]) -> None:
    [row] = [row for row in ROWS if row.key == key]
    rng = random.Random(key)
    assert CASES[key]
    for index, case in enumerate(CASES[key], first_index(row)):
        compare(case, index, machines, rng)


def compare(case: Case, index: int, machines: tuple[Stepper, Stepper], rng: random.Random) -> None:
    """Executes a case on both engines and by the table."""
    pc, l1 = machines[0].address(index), machines[0].l1
    before = registers(case, pc, range(l1.base, l1.end), rng)
    # Blocks of 16 with 4 * 2^p bytes of each position.
    counter = rng.randrange(REACH // 64 >> case.operands.get("p", 0))
    hidden = {name: counter if name == "xdc" else random_word(rng) for name in STATE_CSRS}
    content = machines[0].simulator.read(l1.base, l1.bytes)
    state = State(list(before), pc, Memory(l1.base, bytearray(content)), dict(hidden))
    execute(case.row, case.operands, state)
    steps = [machine.step(index, before, hidden) for machine in machines]
    what = f"{case.row.syntax} {case.operands} on {[hex(value) for value in before]}"
    for machine, step in zip(machines, steps, strict=True):
        assert step.registers == state.registers, what
        assert step.pc == state.npc, what
        assert step.hidden == state.hidden, what
        assert machine.simulator.read(l1.base, l1.bytes) == state.memory.data, what
    assert steps[0].cycles == steps[1].cycles, what


# --- rows that are only described ---------------------------------------------------------------

CSR_ROWS: dict[str, Callable[[int, int], int]] = {
    "csrrw": lambda old, value: value,
    "csrrs": lambda old, value: old | value,
    "csrrc": lambda old, value: old & ~value,
}


@pytest.mark.parametrize("immediate", [False, True])
@pytest.mark.parametrize("name", CSR_ROWS)
@pytest.mark.parametrize(("rd", "rs1"), [("a1", "a2"), ("a1", "a1"), ("x0", "a2"), ("a1", "x0")])
def test_control_registers(name: str, rd: str, rs1: str, immediate: bool) -> None:
    old, value = 0x1234_5678, 0x0F0F_00FF
    if rs1 == "x0":
        value = 0
    elif immediate:
        value = 21
    source = str(value) if immediate else rs1
    run = run_bare(
        f"""
        li a3, {old:#x}
        csrw mscratch, a3
        li a1, {value:#x}
        li a2, {value:#x}
        {name}{"i" * immediate} {rd}, mscratch, {source}
        csrr a4, mscratch
        """
    )
    assert run.register(0, "a4") == CSR_ROWS[name](old, value)
    assert run.register(0, "a1") == (value if rd == "x0" else old)


@pytest.mark.parametrize("setup", ["lp.setup x1, x0, .Lz", "lp.count x1, x0"])
def test_loop_counted_by_x0(setup: str) -> None:
    run = run_bare(
        f"""
        li a1, 0
        lp.counti x1, 7
        lp.starti x1, .Ls
        lp.endi x1, .Lz
        {setup}
    .Ls: addi a1, a1, 1
        nop
    .Lz: addi a1, a1, 1
        csrr a2, lpcount1
        """
    )
    assert run.register(0, "a1") == 2
    assert run.register(0, "a2") == 0
