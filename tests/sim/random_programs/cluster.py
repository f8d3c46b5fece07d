"""What cores share beside memory: barriers, events, DMA, L3, control registers, peripherals."""

from nmc.isa.csrs import STATE_CSRS
from tests.sim.random_programs.control import Body
from tests.sim.random_programs.writer import CORE, DMA, EVENTS, L3, OWN, SCRATCH, Writer

L1_WINDOW, L2_WINDOW, L3_WINDOW = 0x8000, 0x8000, 0x1000
"""What transfers touch: the first bytes of L1 and L3, and of the data in L2."""
L2_DATA = 0x2_0000
"""Where data begins in L2, behind the code."""
INTO_L1, INCREMENT, TWO_D, EVENT, BROADCAST = 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 22
DMA_MASK, L3_MASK, BARRIER_MASK = 1 << 8, 1 << 9, 1 << 16


def barrier(w: Writer) -> None:
    """All cores meet; now and then by a plain load, of any width."""
    load = w.rng.choice(("lw", "lh", "lbu")) if w.chance(0.1) else "p.elw"
    w.put(f"{load} {w.register()}, 0x21c({EVENTS})")


def pair_barrier(w: Writer) -> None:
    """Cores 2i and 2i + 1 meet at barrier i + 1."""
    w.put(
        f"srli {SCRATCH}, {CORE}, 1",
        f"slli t0, {SCRATCH}, 1",
        "li t1, 3",
        "sll t1, t1, t0",
        f"li t0, {(1 << w.target.cores) - 1}",
        "and t1, t1, t0",
        f"addi {SCRATCH}, {SCRATCH}, 1",
        f"slli {SCRATCH}, {SCRATCH}, 5",
        f"add {SCRATCH}, {SCRATCH}, {EVENTS}",
        f"sw t1, 0x200({SCRATCH})",
        f"sw t1, 0x20c({SCRATCH})",
        f"p.elw {w.register()}, 0x21c({SCRATCH})",
    )


def software_event(w: Writer, body: Body) -> None:
    """One core raises an event all others wait for, between two barriers."""
    event = w.rng.randrange(8)
    who = w.rng.randrange(w.target.cores)
    trigger, out = w.label("trigger"), w.label("out")
    barrier(w)
    w.put(f"li t0, {1 << event}", f"sw t0, 8({EVENTS})")
    w.put(f"li {SCRATCH}, {who}", f"beq {CORE}, {SCRATCH}, {trigger}")
    w.put(f"p.elw {w.register()}, {w.rng.choice(('0x38', '0x3c'))}({EVENTS})", f"j {out}")
    w.put(f"{trigger}:")
    body()
    w.put(f"li t0, {w.rng.choice((0, (1 << w.target.cores) - 1))}")
    w.put(f"sw t0, {0x100 + 4 * event}({EVENTS})", f"{out}:")
    if w.chance(0.3):
        w.put(f"p.elw {w.register()}, {w.rng.choice((0x140, 0x180)) + 4 * event}({EVENTS})")
    w.put(f"li t0, {1 << event}", f"sw t0, 4({EVENTS})")
    barrier(w)
    w.put(f"li t0, {1 << event}", f"sw t0, 0x28({EVENTS})")


def transfer(w: Writer, body: Body) -> None:
    """A DMA command, something else meanwhile, and its end: by polling, by event, or not at all."""
    length = w.rng.choice((1, 3, 8, 60, 64, 100, 256, w.rng.randrange(1, 600)))
    flags = length | w.rng.choice((0, INTO_L1)) | INCREMENT
    words = [w.rng.randrange(L1_WINDOW), w.rng.randrange(L2_WINDOW)]
    if w.chance(0.5):
        words = [word & ~7 for word in words]
    words = [w.target.l1.base + words[0], w.target.l2.base + L2_DATA + words[1]]
    if w.chance(0.4):
        flags |= TWO_D
        line = w.rng.randrange(1, 64)
        words += [line, w.rng.choice((0, line, line + w.rng.randrange(64)))]
    end = w.rng.choice(("poll", "poll", "event", "event", "sleep", "nothing"))
    if end in ("event", "sleep"):
        flags |= EVENT | (BROADCAST if w.chance(0.2) else 0)
    identity = "t6"
    w.put(f"lw {identity}, 0({DMA})")
    for word in (flags, *words):
        w.put(f"li t5, {word}", f"sw t5, 0({DMA})")
    w.put(f"sw {identity}, 132({OWN})")
    w.in_transfer = True
    body()
    w.in_transfer = False
    {"poll": poll, "event": await_event, "sleep": sleep, "nothing": no_wait}[end](w)
    w.put(f"lw {identity}, 132({OWN})", "li t5, 1", f"sll t5, t5, {identity}")
    if w.chance(0.97):
        w.put(f"sw t5, 4({DMA})")


def no_wait(w: Writer) -> None:
    """Goes on while the transfer runs."""
    w.put("nop")


def poll(w: Writer) -> None:
    """Until no transfer of the core's id is under way."""
    label = w.label("poll")
    w.put(f"lw t6, 132({OWN})", f"{label}:", f"lw t5, 4({DMA})")
    w.put("srl t5, t5, t6", "andi t5, t5, 1", f"bnez t5, {label}")


def await_event(w: Writer) -> None:
    """Until an event of the DMA, which only now is let in."""
    w.put(f"li t5, {DMA_MASK}", f"sw t5, 8({EVENTS})")
    w.put(f"p.elw {w.register()}, 0x3c({EVENTS})")
    w.put(f"li t5, {DMA_MASK}", f"sw t5, 4({EVENTS})")


def sleep(w: Writer) -> None:
    """The same with wfi, which leaves the event in the buffer."""
    w.put(f"li t5, {DMA_MASK}", f"sw t5, 8({EVENTS})", "wfi")
    w.put(f"li t5, {DMA_MASK}", f"sw t5, 4({EVENTS})", f"sw t5, 0x28({EVENTS})")


def flood(w: Writer) -> None:
    """One core writes more commands than the DMA holds."""
    out, again = w.label("out"), w.label("flood")
    flags = w.rng.choice((4, 40)) | w.rng.choice((0, INTO_L1)) | INCREMENT
    w.put(f"li t0, {w.rng.randrange(w.target.cores)}", f"bne {CORE}, t0, {out}")
    w.put(f"lw t6, 0({DMA})", f"li {SCRATCH}, {w.rng.randrange(66, 90)}")
    w.put(f"li t1, {flags}", f"li t2, {w.target.l1.base + 0x400:#x}")
    w.put(f"li t3, {w.target.l2.base + L2_DATA:#x}", f"{again}:")
    w.put(f"sw t1, 0({DMA})", f"sw t2, 0({DMA})", f"sw t3, 0({DMA})", "addi t2, t2, 4")
    w.put(f"addi {SCRATCH}, {SCRATCH}, -1", f"bnez {SCRATCH}, {again}", f"{out}:")


def l3_transfer(w: Writer, body: Body, who: int | None = None) -> None:
    """One core moves bytes between L3 and L2; the fabric controller has no events to wait for."""
    out, label = w.label("out"), w.label("poll")
    length = w.rng.choice((1, 8, 30, w.rng.randrange(1, 300)))
    by_event = who is None and w.chance(0.5)
    number = w.rng.randrange(w.target.cores) if who is None else who
    w.put(f"li t0, {number}", f"bne {CORE}, t0, {out}")
    w.put(f"li t0, {w.rng.randrange(L3_WINDOW)}", f"sw t0, 0({L3})")
    w.put(f"li t0, {w.target.l2.base + L2_DATA + w.rng.randrange(L2_WINDOW)}", f"sw t0, 4({L3})")
    w.put(f"li t0, {length | w.rng.choice((0, 1 << 31))}", f"sw t0, 8({L3})")
    body()
    if by_event:
        w.put(f"li t0, {L3_MASK}", f"sw t0, 8({EVENTS})", f"p.elw t1, 0x3c({EVENTS})")
        w.put(f"li t0, {L3_MASK}", f"sw t0, 4({EVENTS})")
    else:
        w.put(f"{label}:", f"lw t0, 12({L3})", f"bnez t0, {label}")
        if who is None:
            w.put(f"li t0, {L3_MASK}", f"sw t0, 0x28({EVENTS})")
    w.put(f"{out}:")


def register_access(w: Writer) -> None:
    """A control register or a peripheral that changes nobody's course."""
    r, s = w.register(), w.source()
    w.put(
        w.rng.choice(
            (
                f"csrr {r}, mcycle",
                f"csrr {r}, mcycle",
                f"csrr {r}, minstret",
                f"csrr {r}, mhartid",
                f"csrrw {r}, mscratch, {s}",
                f"csrrs {r}, mscratch, {s}",
                f"csrrc {r}, mscratch, {s}",
                f"csrrwi {r}, mscratch, {w.rng.randrange(32)}",
                f"csrrsi {r}, mstatus, {w.rng.randrange(32)}",
                f"csrrci {r}, mstatus, {w.rng.randrange(32)}",
                f"csrr {r}, lpcount{w.rng.randrange(2)}",
                f"csrr {r}, lpstart{w.rng.randrange(2)}",
                f"csrr {r}, lpend{w.rng.randrange(2)}",
                f"csrwi lpcount{w.rng.randrange(2)}, {w.rng.randrange(2)}",
                f"csrr {r}, {w.rng.choice(tuple(STATE_CSRS))}",
                f"csrr {r}, mcause",
                "fence",
                "fence.i",
                f"lw {r}, {w.rng.choice((0, 4, 8, 12))}({L3})",
                f"lw {r}, {w.rng.choice((0x0, 0x18, 0x1C, 0x20, 0x200, 0x204, 0x20C))}({EVENTS})",
                f"lbu {r}, {w.rng.choice((0x0, 0x1C))}({EVENTS})",
                f"lw {r}, 4({DMA})",
                f"sb {s}, 0x28({EVENTS})",
                f"lw {r}, {0x2E0 + w.rng.choice((0, 4, 0x14))}({EVENTS})",
            )
        )
    )


def print_character(w: Writer) -> None:
    """Writes a character, sometimes as a word."""
    w.put(f"li {SCRATCH}, {w.target.map.putchar:#x}")
    w.put(f"{w.rng.choice(('sb', 'sw'))} {w.source()}, 0({SCRATCH})")


def toggle_cache(w: Writer) -> None:
    """Switches the instruction cache off or on for everyone."""
    w.put(f"li {SCRATCH}, {w.target.map.icache_enable:#x}")
    w.put(f"li t0, {w.rng.randrange(2)}", f"sw t0, 0({SCRATCH})")
