"""Rows of the timing table about what the cores share: events, banks, DMA, caches, L2 and L3."""

from dataclasses import replace

from nmc.targets import Target, load_target
from tests.sim.bare import run_bare
from tests.sim.measure import measure
from tests.sim.test_banks import DISTINCT, PAIRS, SAME, loads
from tests.sim.test_dma import TO_L1, transfer
from tests.sim.test_icache import straight
from tests.sim.timing_table import Row, cells, cycles_of

EVENT_UNIT = "li a2, 0x10204000"


def _total(length: int, flags: int = TO_L1, target: Target | None = None) -> int:
    """Cycles of a DMA transfer, from allocation to its end seen by polling."""
    return transfer(length, flags, target=target).register(0, "s9")


def _one_burst_at_a_time() -> Target:
    vega = load_target("vega")
    return replace(vega, dma=replace(vega.dma, outstanding=1))


def _programming() -> int:
    return measure(
        """
            lw s7, 0(a2)
            li a3, 0x60400
            sw a3, 0(a2)
            li a4, 0x10010040
            sw a4, 0(a2)
            lui a5, 0x1c020
            sw a5, 0(a2)
        """,
        "li a2, 0x10204400",
    )[0]


def _both_directions() -> int:
    """Cycles of 16 KiB into L1 and as much out of it at the same time."""
    start = (
        "lw s7, 0(a3)\nli a6, {}\nsw a6, 0(a3)\nli a4, {}\nsw a4, 0(a3)\nli a5, {}\nsw a5, 0(a3)\n"
    )
    run = run_bare(
        f"""
            li a3, 0x10204400
            csrr s8, mcycle
            {start.format(16384 | TO_L1 | 1 << 18, 0x1001_0000, 0x1C02_0000)}
            {start.format(16384 | 1 << 18, 0x1000_8000, 0x1C02_8000)}
        .Lpoll:
            lw a6, 4(a3)
            bnez a6, .Lpoll
            csrr s9, mcycle
            sub s9, s9, s8
        """
    )
    return run.register(0, "s9")


def _event_latency() -> int:
    """From the issue of a software event's trigger to the issue behind the wait on another core."""
    run = run_bare(
        """
            li a2, 0x10204000
            li a3, 4
            sw a3, 8(a2)
            li s10, 2
        .Lround:
            p.elw a1, 0x21c(a2)
            bnez a0, .Lwait
            li a4, 100
        .Lspin:
            addi a4, a4, -1
            bnez a4, .Lspin
            li a3, 2
            csrr s9, mcycle
            sw a3, 0x108(a2)
            j .Lnext
        .Lwait:
            p.elw a1, 0x3c(a2)
            csrr s9, mcycle
        .Lnext:
            addi s10, s10, -1
            bnez s10, .Lround
            li a3, 4
            sw a3, 4(a2)
        """,
        cores=2,
    )
    # The trigger issues a cycle after the counter is read.
    return run.register(1, "s9") - run.register(0, "s9") - 1


def _l3_latency() -> str:
    """Of transfers of two lengths: the cycles that do not depend on it, and those of a byte."""

    def cycles(length: int) -> int:
        run = run_bare(
            f"""
                li a2, 0x10204000
                li a4, 0x200
                sw a4, 8(a2)
                li a3, 0x10205000
                sw x0, 0(a3)
                li a4, 0x1c020000
                sw a4, 4(a3)
                li s10, 2
            .Lround:
                li a4, {length}
                csrr s8, mcycle
                sw a4, 8(a3)
                p.elw s7, 0x3c(a2)
                csrr s9, mcycle
                addi s10, s10, -1
                bnez s10, .Lround
                li a4, 0x200
                sw a4, 4(a2)
                sub s9, s9, s8
            """
        )
        # One for the counter, and five from the event to the end of the wait.
        return run.register(0, "s9") - 6

    short, long = cycles(1000), cycles(3000)
    per_byte = (long - short) / 2000
    return f"{short - round(1000 * per_byte)} + {'' if per_byte == 1 else per_byte}n"


def _icache() -> str:
    """What a line costs that is missed: in code for the shared level, and in code for neither."""
    beyond = [
        (run_bare(straight(count, rounds)).register(0, "s9") - (count - 3)) / (count // 4)
        for count, rounds in ((256, 8), (2048, 3))
    ]
    return cells([round(cycles) for cycles in beyond], "+")


CLUSTER_ROWS = (
    Row(
        "barrier, last core to arrive; use of its result",
        "5, +1",
        "G",
        lambda: (
            cells(cycles_of((EVENT_UNIT, "p.elw a1, 0x21c(a2)")))
            + ", "
            # Two instructions, of which the wait takes five cycles.
            + cells([cycles_of((EVENT_UNIT, "p.elw a1, 0x21c(a2)\nadd a1, a1, a1"))[0] - 6], "+")
        ),
    ),
    Row(
        "event of another core, from its trigger to what is behind the wait",
        "5",
        "G",
        lambda: cells([_event_latency()]),
    ),
    Row(
        "8 x 4000 loads from one bank",
        "about 32,000",
        "G",
        lambda: cells([max(loads(SAME))]),
        0.001,
    ),
    Row("two cores a bank", "about 8,000", "G", lambda: cells([max(loads(PAIRS))]), 0.001),
    Row("a bank for each core", "4,002", "G", lambda: cells([max(loads(DISTINCT))])),
    Row(
        "the same beside a DMA transfer of 32 KiB",
        "4,367",
        "G",
        lambda: cells([max(loads(DISTINCT, transfer=True))]),
        0.03,
    ),
    Row(
        "DMA: programming, from allocation to the last store, with the constants",
        "9",
        "G",
        lambda: cells([_programming()]),
    ),
    Row(
        "DMA into L1: 64 B, 256 B, 1 KiB, 8 KiB, 32 KiB",
        "28, 52, 148, 1,042, 4,114",
        "G",
        lambda: cells([_total(length) for length in (64, 256, 1024, 8192, 32768)]),
        0.03,
    ),
    Row(
        "DMA out of L1: 1 KiB, 8 KiB, 32 KiB",
        "148, 1,072, 4,240",
        "G",
        lambda: cells([_total(length, 0) for length in (1024, 8192, 32768)]),
        0.03,
    ),
    Row(
        "DMA: 4 KiB more into L1, out of L1 (a cycle more for each burst of 256 B)",
        "512, 528",
        "G",
        lambda: cells([_total(8192, flags) - _total(4096, flags) for flags in (TO_L1, 0)]),
        0.01,
    ),
    Row(
        "DMA: 1 KiB into L1, of whose bursts 8 may be under way, only 1 (two cycles between them)",
        "148, 154",
        "parameter",
        lambda: cells([_total(1024), _total(1024, target=_one_burst_at_a_time())]),
    ),
    Row(
        "DMA: 512 lines of one byte, a cycle each",
        "532",
        "G",
        lambda: cells([transfer(512, shape=(1, 16)).register(0, "s9")]),
        0.03,
    ),
    Row(
        "port of L2: 16 KiB in and 16 KiB out at the same time, 8 bytes a cycle in all",
        "4,096",
        "G",
        lambda: cells([_both_directions()]),
        0.03,
    ),
    Row(
        "instruction cache: private miss, shared hit; miss to L2",
        "+2, +18",
        "G",
        _icache,
    ),
    Row("L3: latency, then 1 byte a cycle", "80 + n", "parameter", _l3_latency),
)
