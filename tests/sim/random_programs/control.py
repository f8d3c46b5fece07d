"""Branches, loops, calls and traps; each takes what to put inside it as a function."""

from collections.abc import Callable

from tests.sim.random_programs.writer import COUNTERS, OWN, SCRATCH, Writer

Body = Callable[[], None]
CONDITIONS = ("beq", "bne", "blt", "bge", "bltu", "bgeu")


def skip(w: Writer, body: Body) -> None:
    """A branch over the body, taken or not."""
    label = w.label("skip")
    if w.chance(0.3):
        name = w.rng.choice(("p.beqimm", "p.bneimm"))
        w.put(f"{name} {w.source()}, {w.rng.randrange(-16, 16)}, {label}")
    else:
        w.put(f"{w.rng.choice(CONDITIONS)} {w.source()}, {w.source()}, {label}")
    if not w.chance(0.1):
        body()
    w.put(f"{label}:")


def alternatives(w: Writer, body: Body) -> None:
    """If and else."""
    other, end = w.label("else"), w.label("end")
    w.put(f"{w.rng.choice(CONDITIONS)} {w.source()}, {w.source()}, {other}")
    body()
    w.put(f"j {end}", f"{other}:")
    body()
    w.put(f"{end}:")


def software_loop(w: Writer, body: Body) -> None:
    """A counted loop with a branch back."""
    counter, label = COUNTERS[w.software_depth], w.label("again")
    w.put(f"li {counter}, {w.rng.randrange(1, 5)}", f"{label}:")
    w.software_depth += 1
    body()
    w.software_depth -= 1
    w.put(f"addi {counter}, {counter}, -1", f"bnez {counter}, {label}")


def hardware_loop(w: Writer, body: Body, last: Body) -> None:
    """A hardware loop set up in any of the ways there are; `last` is one instruction.

    The outer one is loop 1.
    """
    loop = f"x{1 - w.hardware_depth}"
    start, end = w.label("start"), w.label("last")
    count = w.rng.choice((0, 1, 2, 2, 3, 4, 5))
    before = len(w.lines)
    w.hardware_depth += 1
    body()
    w.hardware_depth -= 1
    inside = w.lines[before:]
    del w.lines[before:]
    if sum(not line.endswith(":") for line in inside) < 1:
        inside.append("nop")
    out = w.label("out")
    w.align()
    if w.chance(0.1):
        # Out of the loop, which is still live then.
        inside.insert(0, f"{w.rng.choice(CONDITIONS)} {w.source()}, {w.source()}, {out}")
    w.put(*set_up(w, loop, count, start, end, len(inside)), f"{start}:", *inside, f"{end}:")
    last()
    w.put(f"{out}:")


def loops_with_one_end(w: Writer, body: Body, last: Body) -> None:
    """Two nested loops that end at the same instruction."""
    end = w.label("last")
    w.align()
    w.put(f"li {SCRATCH}, {w.rng.randrange(4)}", f"lp.setup x1, {SCRATCH}, {end}")
    w.hardware_depth += 2
    body()
    w.put(f"li {SCRATCH}, {w.rng.randrange(4)}", f"lp.setup x0, {SCRATCH}, {end}")
    body()
    w.put("nop")
    w.hardware_depth -= 2
    w.put(f"{end}:")
    last()


def loop_at_a_jump(w: Writer) -> None:
    """A loop made by control registers that ends in a jump: its end is never seen."""
    start, jump, out = w.label("start"), w.label("jump"), w.label("out")
    loop = w.rng.randrange(2)
    w.align()
    w.put(f"la {SCRATCH}, {start}", f"csrw lpstart{loop}, {SCRATCH}")
    w.put(f"la {SCRATCH}, {jump}", f"csrw lpend{loop}, {SCRATCH}", f"csrwi lpcount{loop}, 3")
    w.put(f"{start}:", "nop", "nop", f"{jump}:")
    w.put(w.rng.choice((f"j {out}", f"beq {w.source()}, {w.source()}, {out}")))
    w.put(f"{out}:", f"csrwi lpcount{loop}, 0")


def set_up(w: Writer, loop: str, count: int, start: str, end: str, size: int) -> list[str]:
    """The instructions in front of a loop of `size` lines and a last one."""
    load = f"li {SCRATCH}, {count}"
    kind = w.rng.choice(("setup", "setup", "setupi", "pieces", "csr"))
    if kind == "setupi" and size <= 5:
        return [f"lp.setupi {loop}, {count}, {end}"]
    if kind == "pieces":
        counting = [load, f"lp.count {loop}, {SCRATCH}"]
        if w.chance(0.5):
            counting = [f"lp.counti {loop}, {count}"]
        return [f"lp.starti {loop}, {start}", f"lp.endi {loop}, {end}", *counting]
    if kind == "csr":
        number = loop[1]
        return [
            f"la {SCRATCH}, {start}",
            f"csrw lpstart{number}, {SCRATCH}",
            f"la {SCRATCH}, {end}",
            f"csrw lpend{number}, {SCRATCH}",
            load,
            f"csrw lpcount{number}, {SCRATCH}",
        ]
    return [load, f"lp.setup {loop}, {SCRATCH}, {end}"]


def call(w: Writer) -> None:
    """A call of one of the functions: direct, or through a register just computed or loaded."""
    function = w.rng.choice(w.functions)
    kind = w.rng.randrange(5)
    if kind == 0:
        w.put(f"jal ra, {function}")
        return
    w.put(f"la {SCRATCH}, {function}")
    if kind == 2:
        w.put("nop")
    elif kind == 3:
        w.put(f"sw {SCRATCH}, 128({OWN})", f"lw {SCRATCH}, 128({OWN})")
    elif kind == 4:
        w.put(f"sw {SCRATCH}, 128({OWN})", f"lw {SCRATCH}, 128({OWN})", "nop")
    w.put(f"jalr ra, 0({SCRATCH})")


def trap(w: Writer) -> None:
    """ecall or ebreak, to the handler that returns behind it."""
    w.put(w.rng.choice(("ecall", "ebreak")))


HANDLER = f"""
trap_handler:
    csrw mscratch, {SCRATCH}
    csrr {SCRATCH}, mepc
    addi {SCRATCH}, {SCRATCH}, 4
    csrw mepc, {SCRATCH}
    csrr {SCRATCH}, mscratch
    mret
"""
"""Goes on behind the instruction that trapped."""
