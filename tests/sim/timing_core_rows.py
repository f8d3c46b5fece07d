"""Rows of the timing table about what one core does."""

from tests.sim.test_compressed import WAYS
from tests.sim.timing_table import Row, cells, cycles_of

L1, L2 = "lui a2, 0x10000", "lui a2, 0x1c020"
EVENT_UNIT = "li a2, 0x10204000"
GATHER_SETUP = f"{L1}\nxgmac.start zero\nli a3, 0\nli a4, 0"
GATHER = "xgmac.m8 a2, a3, a4, 2"


def _beyond(*codes: tuple[str, str]) -> list[int]:
    """Cycles beyond one for each instruction."""
    instructions = [
        sum(1 for line in code.splitlines() if line.strip() and not line.endswith(":"))
        for _, code in codes
    ]
    return [a - b for a, b in zip(cycles_of(*codes), instructions, strict=True)]


def _twice(*operations: str) -> list[int]:
    """Cycles of an operation that depends on the same one before it."""
    code = [("li a1, 3\nli a2, 5\nli a3, 7", f"{text}\n{text}") for text in operations]
    return [taken // 2 for taken in cycles_of(*code)]


def _astride(way: str) -> int:
    """What it costs that the target of a jump lies astride a word boundary."""
    setup, jump, _ = WAYS[way]
    codes = [
        (setup, f"c.nop\nc.nop\n{jump}\nc.j .Lwrong\n{before}\n.Lx:\nnop\n.Lwrong:")
        for before in (".balign 4", ".balign 4\nc.nop")
    ]
    aligned, astride = cycles_of(*codes)
    return astride - aligned


CORE_ROWS = (
    Row(
        "arithmetic, SIMD, `mul`, `p.mac`, dot products, back to back",
        "1",
        "R M G",
        lambda: cells(
            _twice(
                "add a1, a1, a2",
                "pv.add.b a1, a1, a2",
                "mul a1, a1, a2",
                "p.mac a1, a2, a3",
                "pv.sdotsp.b a1, a2, a3",
            )
        ),
    ),
    Row(
        "`mulh`, `mulhu`, `mulhsu`",
        "5",
        "R",
        lambda: cells(_twice(*(f"{name} a1, a1, a2" for name in ("mulh", "mulhu", "mulhsu")))),
    ),
    Row(
        "`div` and `rem`: by 1, by 2^32-1 unsigned, by -1, by -2^31, by 0",
        "34, 3, 34, 3, 35",
        "R",
        lambda: cells(
            cycles_of(
                ("li a3, 1", "divu a1, a2, a3"),
                ("li a3, -1", "remu a1, a2, a3"),
                ("li a3, -1", "div a1, a2, a3"),
                ("li a3, -2147483648", "rem a1, a2, a3"),
                ("li a3, 0", "div a1, a2, a3"),
            )
        ),
    ),
    Row(
        "load, store, post-increment",
        "1",
        "R G",
        lambda: cells(
            cycles_of(
                (L1, "lw a1, 0(a2)"),
                (L1, "sw a1, 0(a2)"),
                (L1, "p.lw a1, 4(a2!)"),
                (L1, "p.sw a1, 4(a2!)"),
            )
        ),
    ),
    Row(
        "use of a loaded value next (operand, store data, accumulator, branch)",
        "+1",
        "R G",
        lambda: cells(
            _beyond(
                (L1, "lw a1, 0(a2)\nadd a1, a1, a1"),
                (L1, "lw a1, 0(a2)\nsw a1, 0(a2)"),
                (L1, "lw a1, 0(a2)\np.mac a1, a3, a3"),
                (L1, "lw a1, 0(a2)\nbne a1, a1, .Lx\n.Lx:"),
            ),
            "+",
        ),
    ),
    Row(
        "use of an incremented pointer next",
        "+0",
        "G",
        lambda: cells(_beyond((L1, "p.lw a1, 4(a2!)\nlw a1, 0(a2)\nnop")), "+"),
    ),
    Row(
        "access across a word boundary: load, half-word, store",
        "2",
        "R",
        lambda: cells(cycles_of((L1, "lw a1, 2(a2)"), (L1, "lh a1, 3(a2)"), (L1, "sw a1, 1(a2)"))),
    ),
    Row(
        "branch not taken, taken",
        "1, 3",
        "R",
        lambda: cells(cycles_of(("", "bne x0, x0, .Lx\n.Lx:"), ("", "beq x0, x0, .Lx\nnop\n.Lx:"))),
    ),
    Row(
        "`jal`, `jalr`",
        "2, 2",
        "R",
        lambda: cells(cycles_of(("", "j .Lx\nnop\n.Lx:"), ("la a2, .Lx\nnop", "jr a2\nnop\n.Lx:"))),
    ),
    Row(
        "`jalr` on a register just computed, just loaded",
        "+1, +2",
        "R",
        lambda: cells(
            [
                # Two instructions are carried out, of which the jump takes two cycles.
                taken - 3
                for taken in cycles_of(
                    ("la a2, .Lx", "addi a2, a2, 0\njr a2\nnop\n.Lx:"),
                    ("la a2, .Lx\nlui a3, 0x10000\nsw a2, 0(a3)", "lw a2, 0(a3)\njr a2\nnop\n.Lx:"),
                )
            ],
            "+",
        ),
    ),
    Row(
        "hardware loop: set-up, iteration",
        "1, 0",
        "R M",
        lambda: cells(
            [
                cycles_of(("li a1, 1", "lp.setup x0, a1, .Le\nnop\nnop\n.Le: nop"))[0] - 3,
                cycles_of(("li a1, 10", "lp.setup x0, a1, .Le\nnop\nnop\n.Le: nop"))[0] - 31,
            ]
        ),
    ),
    Row(
        "jump or taken branch to a 32-bit instruction astride a word boundary",
        "+1",
        "M",
        lambda: cells([_astride(way) for way in ("jal", "jalr", "branch")], "+"),
    ),
    Row(
        "control register read, `fence`",
        "1, 4",
        "G M, R",
        lambda: cells(cycles_of(("", "csrr a1, mhartid"), ("", "fence"))),
    ),
    Row(
        "load from L2, store to L2",
        "15, 15",
        "G",
        lambda: cells(cycles_of((L2, "lw a1, 0(a2)"), (L2, "sw a1, 0(a2)"))),
    ),
    Row(
        "event unit register, cluster peripheral",
        "1, 3",
        "G",
        lambda: cells(
            cycles_of((EVENT_UNIT, "lw a1, 0(a2)"), ("li a2, 0x10205000", "lw a1, 0(a2)"))
        ),
    ),
    Row(
        "gather and accumulate, back to back; its sums read right behind",
        "1, +2",
        "[xnm](xnm.md)",
        lambda: (
            cells([cycles_of((GATHER_SETUP, f"{GATHER}\n{GATHER}"))[0] // 2])
            + ", "
            + cells(_beyond((GATHER_SETUP, f"{GATHER}\nxgmac.pop a1")), "+")
        ),
    ),
)
