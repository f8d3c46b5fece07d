"""Every row of the instruction table on the engine, against the table's own semantics."""

import random

import pytest

from nmc.isa.table import Instruction, encode, load_table
from tests.sim.evaluation import Memory, State, execute
from tests.sim.stepping import Stepper

VARIANTS = 24
EDGES = (
    0,
    1,
    2,
    31,
    32,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x80_0080,
    0x8080_8080,
    0x7F7F_7F7F,
)

REACH = 1 << 14
"""Bytes behind its base that a gather is let reach."""

DESCRIBED = ("zicsr", "zifencei", "priv", "xpulp_hwloop")
"""Extensions whose semantics are not written to be executed; they have tests of their own."""


def is_executable(row: Instruction) -> bool:
    """Whether the semantics column can be run."""
    return row.ext not in DESCRIBED and "#" not in row.semantics


ROWS = [row for row in load_table() if is_executable(row)]


def random_word(rng: random.Random) -> int:
    """A register value, often one at the edge of something."""
    return rng.choice(EDGES) if rng.random() < 0.4 else rng.getrandbits(32)


def random_operands(row: Instruction, rng: random.Random) -> dict[str, int]:
    """Operands with frequent aliasing and x0; jumps stay inside their neighbourhood."""
    operands: dict[str, int] = {}
    for f in row.fields:
        if f.is_register:
            operands[f.name] = rng.choice((0, 5, 6, 7, 28, 31))
        elif f.name == "off":
            operands[f.name] = 4 * rng.choice((-3, -2, -1, 1, 2, 3))
        else:
            edge = rng.choice((f.low, f.high, 0, f.step))
            operands[f.name] = rng.randrange(f.low, f.high + 1, f.step)
            if rng.random() < 0.3 and f.accepts(edge):
                operands[f.name] = edge
    return operands


def test_described_rows_are_few() -> None:
    assert len(ROWS) >= 350
    assert len(load_table()) - len(ROWS) <= 20


@pytest.fixture(scope="module")
def machine() -> tuple[Stepper, list[dict[str, int]]]:
    rng = random.Random(1)
    operands = [random_operands(row, rng) for row in ROWS for _ in range(VARIANTS)]
    words = [encode(ROWS[i // VARIANTS], fields) for i, fields in enumerate(operands)]
    stepper = Stepper(words, spacing=8)
    content = bytes(rng.getrandbits(8) for _ in range(stepper.l1.bytes))
    stepper.simulator.write(stepper.l1.base, content)
    return stepper, operands


def prepare(
    row: Instruction, fields: dict[str, int], stepper: Stepper, index: int, rng: random.Random
) -> State:
    """A random state in which the instruction is defined: addresses in L1, jumps at an ebreak."""
    registers = [0] + [random_word(rng) for _ in range(31)]
    pc = stepper.address(index)
    if row.mnemonic == "jalr":
        target = pc + 4 * rng.choice((-3, -1, 1, 2)) + rng.randrange(2)
        registers[fields["rs1"]] = (target - fields["imm"]) & 0xFFFF_FFFF
    if row.access_bytes:
        place = stepper.l1.base + 4096 + rng.randrange(stepper.l1.bytes - 8192 - REACH)
        offset = fields.get("rs3" if row.is_store else "rs2")
        if offset is not None:
            registers[offset] = rng.randrange(-1000, 1000) & 0xFFFF_FFFF
        registers[fields["rs1"]] = place
        if (
            offset is not None
            and offset == fields["rs1"]
            and not row.is_post_increment
            and not row.state_uses
        ):
            # Base and offset are one register: half an address each.
            registers[offset] = place // 2
    registers[0] = 0
    memory = Memory(
        stepper.l1.base, bytearray(stepper.simulator.read(stepper.l1.base, stepper.l1.bytes))
    )
    # Blocks of 16 with 4 * 2^p bytes of each position.
    counter = rng.randrange(REACH // 64 >> fields.get("p", 0))
    hidden = {"xdc": counter} | {f"xa{i}": random_word(rng) for i in range(4)}
    return State(registers, pc, memory, hidden)


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[row.key for row in ROWS])
def test_row(place: int, machine: tuple[Stepper, list[dict[str, int]]]) -> None:
    stepper, operands = machine
    row = ROWS[place]
    rng = random.Random(row.key)
    ran = 0
    for index in range(place * VARIANTS, (place + 1) * VARIANTS):
        fields = operands[index]
        if row.access_bytes and fields["rs1"] == 0:
            # The address would be a small number, outside any memory.
            continue
        if row.mnemonic == "jalr" and fields["rs1"] == 0:
            continue
        state = prepare(row, fields, stepper, index, rng)
        before = list(state.registers)
        hidden = dict(state.hidden)
        execute(row, fields, state)
        registers, pc = stepper.step(index, before, hidden)
        what = f"{row.syntax} {fields} on {[hex(v) for v in before]}"
        assert registers == state.registers, what
        assert pc == state.npc, what
        assert stepper.hidden == state.hidden, what
        assert stepper.simulator.read(stepper.l1.base, stepper.l1.bytes) == state.memory.data, what
        ran += 1
    assert ran >= VARIANTS // 2
