"""Programs of hardware loops that go round often: what the fast engine has machine code for."""

from functools import partial
from random import Random

from tests.sim.random_programs import cluster, control, straight
from tests.sim.random_programs.machines import random_target
from tests.sim.random_programs.program import (
    RandomProgram,
    finish,
    functions,
    groups,
    start_up,
)
from tests.sim.random_programs.writer import OWN, POINTERS, SCRATCH, SHARED, Writer

ROUNDS = (1, 2, 3, 5, 8, 13, 21, 34)
_POST = ("LPOST", "SPOST")
_LONG = ("div", "divu", "rem", "remu", "mulh", "mulhu", "mulhsu")


def make_loop_program(seed: int) -> RandomProgram:
    """A program of loops whose bodies are straight code, sometimes nested or with one end."""
    rng = Random(seed)
    target = random_target(rng)
    w = Writer(seed, target)
    w.compressed = False
    w.functions = ["function0"]
    start_up(w)
    for _ in range(w.rng.randrange(2, 5)):
        phase = partial(_loops, w)
        if w.chance(0.3):
            groups(w, phase)
        elif w.chance(0.5):
            # Lines of the cache that were used last are used again.
            control.software_loop(w, phase)
        else:
            phase()
        if w.chance(0.5):
            cluster.barrier(w)
    finish(w, settled=True)
    functions(w)
    memory = {
        target.l1.base: rng.randbytes(0x4000),
        target.l2.base + cluster.L2_DATA: rng.randbytes(cluster.L2_WINDOW),
    }
    return RandomProgram(seed, "\n".join(w.lines) + "\n", target, memory, settled=True)


def _loops(w: Writer) -> None:
    for _ in range(w.rng.randrange(2, 6)):
        if w.chance(0.15):
            control.loops_with_one_end(w, partial(_straight, w, 2), partial(_compute, w))
        elif w.chance(0.3):
            _loop(w, 1, w.rng.choice((2, 3)), partial(_loop, w, 0, w.rng.choice(ROUNDS)))
        else:
            _loop(w, w.rng.randrange(2), w.rng.choice(ROUNDS))


def _loop(w: Writer, loop: int, rounds: int, inner: control.Body | None = None) -> None:
    end = w.label("last")
    for pointer in POINTERS:
        base = w.rng.choice((SHARED, SHARED, OWN))
        w.put(f"addi {pointer}, {base}, {w.rng.randrange(0, 32, w.rng.choice((1, 4, 4)))}")
    if w.chance(0.5):
        w.put("xdecimate.clr")
    w.put(f"li {SCRATCH}, {rounds}", f"lp.setup x{loop}, {SCRATCH}, {end}")
    before = len(w.lines)
    _straight(w, w.rng.randrange(1, 20))
    if len(w.lines) == before:
        w.put("nop")
    if inner is not None:
        inner()
        _straight(w, 1)
    w.put(f"{end}:")
    before = len(w.lines)
    while len(w.lines) == before:
        _one(w)


def _straight(w: Writer, count: int) -> None:
    """Instructions that go on behind themselves, more accesses to L1 than else."""
    for _ in range(count):
        _one(w)


def _one(w: Writer) -> None:
    kind = w.rng.choice(("compute", "near", "near", "near", "post", "post", "gather", "far"))
    rows = straight.memory_rows()
    match kind:
        case "compute":
            _compute(w)
        case "post":
            row = w.rng.choice(rows[w.rng.choice(_POST)])
            straight.post_increment(w, row, w.rng.choice(POINTERS))
        case "gather":
            row = w.rng.choice(rows["gather"])
            rs1 = straight.number(w.rng.choice((SHARED, OWN)))
            w.put(straight.text(row, straight.fields(w, row, rs1=rs1)))
        case "far" if w.chance(0.1):
            straight.plain_memory(w)
        case _:
            row = w.rng.choice(rows[w.rng.choice("IS")])
            if row.mnemonic != "p.elw":
                imm = w.rng.randrange(0, 24, w.rng.choice((1, 2, 4, 4, 4)))
                rs1 = straight.number(w.rng.choice((SHARED, OWN, OWN)))
                w.put(straight.text(row, straight.fields(w, row, rs1=rs1, imm=imm)))


def _compute(w: Writer) -> None:
    """Mostly of one cycle."""
    straight.arithmetic(w)
    while w.lines[-1].split()[0] in _LONG and w.chance(0.95):
        del w.lines[-1]
        straight.arithmetic(w)
