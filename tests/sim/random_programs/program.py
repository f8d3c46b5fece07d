"""A whole program: start-up, phases, functions, exit."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from nmc.backend.asm.emission import assemble
from nmc.targets import Target
from tests.sim.random_programs import cluster, compressed, control, straight
from tests.sim.random_programs.faults import fault
from tests.sim.random_programs.machines import random_target
from tests.sim.random_programs.writer import (
    CORE,
    DMA,
    EVENTS,
    FAR,
    FAR_BYTES,
    L3,
    OWN,
    OWN_STRIDE,
    POOL,
    SCRATCH,
    SHARED,
    Writer,
)

SHARED_OFFSET, OWN_OFFSET = 0x800, 0x9000
"""Of the words of L1 that accesses reach, from its base. Transfers do not come to a core's own."""


@dataclass(frozen=True)
class RandomProgram:
    """A program, the machine it is for, and what is in memory when it starts."""

    seed: int
    text: str
    target: Target
    memory: dict[int, bytes]
    settled: bool
    """Everyone but core 0 sleeps when the program ends; else some may be in the midst of work."""

    def elf(self) -> bytes:
        """The ELF file."""
        return assemble(self.text, self.target, f"random program {self.seed}")


def make_program(seed: int) -> RandomProgram:
    """The program of a seed."""
    rng = Random(seed)
    target = random_target(rng)
    w = Writer(seed, target)
    settled = not w.chance(0.08)
    w.functions = [f"function{i}" for i in range(3)]
    start_up(w)
    for _ in range(w.rng.choice((1, 2, 3, 4, 5))):
        phase(w)
    finish(w, settled)
    functions(w)
    layers(w)
    data = w.target.l2.base + cluster.L2_DATA
    memory = {
        target.l1.base: rng.randbytes(0x4000),
        data: rng.randbytes(cluster.L2_WINDOW),
        target.l3.base: rng.randbytes(cluster.L3_WINDOW),
    }
    return RandomProgram(seed, "\n".join(w.lines) + "\n", target, memory, settled)


# --- parts --------------------------------------------------------------------------------------


def start_up(w: Writer) -> None:
    """The fabric controller starts the cores, in one or two groups, and works a little itself."""
    target = w.target
    everyone = (1 << target.cores) - 1
    w.put('.section .boot, "ax", @progbits', ".globl _start", "_start:")
    w.put("la t0, core_start", f"li t1, {target.map.boot_address:#x}")
    for core in range(target.cores):
        w.put(f"sw t0, {4 * core}(t1)")
    w.put(f"li t1, {target.map.icache_enable:#x}", f"li t0, {int(w.chance(0.95))}", "sw t0, 0(t1)")
    bases(w)
    w.put(f"li {CORE}, {target.cores}", f"li {OWN}, {target.l1.base + OWN_OFFSET - OWN_STRIDE:#x}")
    for mask in (w.rng.getrandbits(target.cores), everyone):
        w.put(f"li t1, {target.map.fetch_enable:#x}", f"li t0, {mask}", "sw t0, 0(t1)")
        for _ in range(w.rng.randrange(12)):
            w.rng.choice((straight.arithmetic, straight.memory))(w)
    if w.chance(0.1):
        cluster.l3_transfer(w, partial(straight.memory, w), who=target.cores)
    w.put("controller_sleep:", "wfi", "j controller_sleep")
    w.put(control.HANDLER)
    w.put(".text", ".balign 16", ".globl core_start", "core_start:")
    w.put(f"csrr {CORE}, mhartid", f"andi {CORE}, {CORE}, 31")
    bases(w)
    w.put(f"slli t0, {CORE}, {OWN_STRIDE.bit_length() - 1}")
    w.put(f"li {OWN}, {target.l1.base + OWN_OFFSET:#x}", f"add {OWN}, {OWN}, t0")
    w.put("la t0, trap_handler", "csrw mtvec, t0")
    w.put(f"li t0, {cluster.BARRIER_MASK}", f"sw t0, 8({EVENTS})")
    w.put(f"li t0, {everyone}", f"sw t0, 0x200({EVENTS})", f"sw t0, 0x20c({EVENTS})")
    for register in POOL:
        w.put(f"li {register}, {w.rng.getrandbits(32):#x}")
        if w.chance(0.5):
            w.put(f"add {register}, {register}, {CORE}")


def bases(w: Writer) -> None:
    """Sets the registers that hold addresses."""
    target = w.target
    for register, address in (
        (SHARED, target.l1.base + SHARED_OFFSET),
        (FAR, target.l2.base + cluster.L2_DATA + FAR_BYTES),
        (EVENTS, target.map.event_unit),
        (DMA, target.map.dma),
        (L3, target.map.l3_channel),
    ):
        w.put(f"li {register}, {address:#x}")


def phase(w: Writer) -> None:
    """Something all cores do, alike or in groups, and a barrier or none behind it."""
    kind = w.rng.choice(("alike", "alike", "groups", "twice", "event", "l3", "flood"))
    body = partial(block, w, w.rng.choice((8, 14, 24)))
    match kind:
        case "alike":
            body()
        case "groups":
            groups(w, body)
        case "twice":
            # Long enough not to fit the private caches, and executed again.
            control.software_loop(w, partial(block, w, w.rng.choice((20, 40, 60, 120))))
        case "event":
            cluster.software_event(w, partial(block, w, 4))
        case "l3":
            cluster.l3_transfer(w, partial(block, w, 4))
            cluster.barrier(w)
        case _:
            if w.chance(0.4):
                cluster.flood(w)
            body()
    if w.chance(0.04):
        one_core(w, partial(fault, w))
    if w.chance(0.6):
        cluster.barrier(w)
    elif w.chance(0.3) and w.target.cores // 2 + 1 < w.target.event_unit.barriers:
        cluster.pair_barrier(w)


def groups(w: Writer, body: control.Body) -> None:
    """Cores below a number do one thing, the others another."""
    other, end = w.label("others"), w.label("end")
    w.put(f"li {SCRATCH}, {w.rng.randrange(w.target.cores + 1)}")
    w.put(f"bgeu {CORE}, {SCRATCH}, {other}")
    body()
    w.put(f"j {end}", f"{other}:")
    body()
    w.put(f"{end}:")


def one_core(w: Writer, body: control.Body) -> None:
    """Something one core does alone."""
    out = w.label("out")
    w.put(f"li {SCRATCH}, {w.rng.randrange(w.target.cores)}", f"bne {CORE}, {SCRATCH}, {out}")
    body()
    w.put(f"{out}:")


def single(w: Writer) -> None:
    """One instruction: what may end a hardware loop."""
    if w.chance(0.5):
        straight.arithmetic(w)
    else:
        straight.plain_memory(w)


def block(w: Writer, budget: int) -> None:
    """About `budget` statements."""
    while budget > 0:
        size = w.rng.randrange(1, max(2, budget // 2))
        [statement] = w.rng.choices(*zip(*statements(w, size), strict=True))
        statement.write()
        budget -= size if statement.holds_others else 1


@dataclass(frozen=True)
class Statement:
    """What may be written next."""

    write: Callable[[], None]
    holds_others: bool = False


def statements(w: Writer, size: int) -> Iterator[tuple[Statement, int]]:
    """The statements there can be, with their weights; those inside others are about `size`."""
    inner, last = partial(block, w, size), partial(single, w)
    yield Statement(partial(straight.arithmetic, w)), 30
    yield Statement(partial(straight.memory, w)), 34
    yield Statement(partial(cluster.register_access, w)), 5
    if w.compressed and w.hardware_depth == 0:
        yield Statement(partial(compressed.instruction, w)), 40
        yield Statement(partial(compressed.skip, w)), 6
    yield Statement(partial(control.skip, w, inner), True), 6
    yield Statement(partial(control.alternatives, w, inner), True), 2
    if w.software_depth < (3 if w.in_function else 2):
        yield Statement(partial(control.software_loop, w, inner), True), 3
    if w.hardware_depth < 2:
        yield Statement(partial(control.hardware_loop, w, inner, last), True), 6
    if w.hardware_depth == 0:
        yield Statement(partial(control.loops_with_one_end, w, inner, last), True), 1
    if w.in_function:
        return
    yield Statement(partial(control.call, w)), 3
    if w.hardware_depth == 0:
        yield Statement(partial(control.loop_at_a_jump, w)), 1
    yield Statement(partial(control.trap, w)), 1
    yield Statement(partial(cluster.print_character, w)), 1
    if not w.in_transfer:
        yield Statement(partial(cluster.transfer, w, inner), True), 3
    if w.chance(0.02):
        yield Statement(partial(cluster.toggle_cache, w)), 3


def functions(w: Writer) -> None:
    """The functions that are called; they call nobody and have one counter to themselves."""
    w.in_function = True
    w.software_depth = 2
    for name in w.functions:
        w.put(".balign 16" if w.chance(0.5) else "", f"{name}:")
        block(w, w.rng.randrange(1, 6))
        w.put("ret")


def layers(w: Writer) -> None:
    """Entries of layers anywhere in the cluster's code. They change nothing else of a program."""
    rng = Random(f"layers of {w.seed}")
    places = [
        place
        for place in range(w.lines.index("core_start:") + 1, len(w.lines))
        if w.lines[place] and not w.lines[place].startswith(".") and w.lines[place][-1] != ":"
    ]
    chosen = sorted(rng.sample(places, min(rng.randrange(6), len(places))), reverse=True)
    for place in chosen:
        w.lines.insert(place, f"layer{place}:")
    named = [{"name": f"layer {place}", "symbol": f"layer{place}"} for place in chosen]
    note = json.dumps({"layers": named}).replace('"', '\\"')
    w.put('.section .nmc.meta, ""', f'.ascii "{note}"')


def finish(w: Writer, settled: bool) -> None:
    """Core 0 writes the exit register; if `settled`, when all others sleep."""
    sleep, wait = w.label("sleep"), w.label("wait")
    if settled:
        cluster.barrier(w)
    w.put(f"bnez {CORE}, {sleep}")
    if settled:
        w.put(f"li {SCRATCH}, 400", f"{wait}:", f"addi {SCRATCH}, {SCRATCH}, -1")
        w.put(f"bnez {SCRATCH}, {wait}")
    w.put(f"li {SCRATCH}, {w.target.map.exit:#x}")
    w.put(f"li t0, {0x8000_0000 | w.rng.randrange(256):#x}", f"sw t0, 0({SCRATCH})")
    w.put(f"{sleep}:", "wfi", f"j {sleep}")
