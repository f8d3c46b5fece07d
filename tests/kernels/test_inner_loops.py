"""The inner loops of the emitted assembly, counted."""

import re

import numpy as np
import pytest

from nmc.backend.kernels import estimates, kernel_by_name
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import Im2colOp, RequantAttr, WindowAttr
from nmc.numerics.requant import Form
from nmc.numerics.window import Window
from tests.kernels.cases import Case
from tests.kernels.harness import Addresses, compile_op


def loop_bodies(assembly: str, function: str) -> list[list[str]]:
    """Instructions of the innermost hardware loops of a function, in order."""
    lines = assembly.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{function}"))
    bodies: list[list[str]] = []
    for i in range(start, len(lines)):
        if lines[i].lstrip().startswith(".size"):
            break
        setup = re.match(r"\s*lp\.setupi?\s+x0,.*,\s*(\S+)$", lines[i])
        if setup:
            # The label stands on the last instruction.
            end = lines.index(f"{setup.group(1)}:", i)
            body = [line.strip() for line in lines[i + 1 : end + 2]]
            bodies.append([line for line in body if line and not line.endswith(":")])
    return bodies


def inner_loop(kernel: str) -> list[str]:
    """The inner loop over K for a full block of pixels."""
    found = kernel_by_name(kernel)
    case = Case(kernel, 9, 64, 4, (0, 16), (0, found.records(4)), RequantAttr.of(12, 3, -128, 127))
    assembly = case.program(found.features).assembly()
    return loop_bodies(assembly, "contract_")[0]


@pytest.mark.parametrize(
    ("kernel", "instructions", "macs"),
    [
        ("dense-4x4", 24, 64),
        ("dense-4x4-clamped", 24, 64),
        ("dense-4x2", 14, 32),
        ("dense-1x2", 5, 8),
        ("dense-4x1", 9, 16),
        # Indices and weights 3, cursor 2, per non-zero an extract, an add and two loads, per four
        # of them four packs and two dots.
        ("decimate-1x2-1:8", 49, 16),
        ("decimate-1x2-1:16", 49, 16),
        # Weights and distances 5 with their spread, words 8, halves 8, dots 16. Of the lanes half
        # multiply by zero.
        ("pair-1x16-1:8", 37, 64),
        ("pair-1x16-1:16", 37, 64),
        ("spread-1x16-1:4", 36, 64),
        # The word of a pair, its weights apart 2, gathered words 8, halves 8, dots 16.
        ("xgather-1x16-1:8", 35, 64),
        # Words of weights and distances 2, distances apart 4, activations 4, packs 2, a dot.
        ("walk-1x1-1:16", 13, 4),
        # The same of eight, but a word of distances.
        ("walk-1x1-1:8", 25, 8),
        ("walk-1x1-2:4", 25, 8),
        ("xdecimate-1x2-1:8", 12, 8),
        ("xdecimate-1x2-1:4", 23, 16),
        ("xdecimate-2x1-1:8", 13, 8),
        ("xdecimate-shared-1x2-1:8", 23, 16),
        ("xdecimate-shared-1x2-1:16", 23, 16),
        # Words of indices 1 and weights 2 (M = 4: 4), then a non-zero of four pixels each.
        ("xgmac-xrq-4x4of16-1:4", 21, 64),
        ("xgmac-xrq-4x4of32-1:8", 11, 32),
        ("xgmac-4x4of16-1:16", 11, 32),
        ("xgmac-xrq-4x4of16-2:8", 11, 32),
    ],
)
def test_instructions_of_an_iteration(kernel: str, instructions: int, macs: int) -> None:
    body = inner_loop(kernel)
    assert len(body) == instructions, "\n".join(body)
    dots = sum(line.startswith(("pv.sdotsp.b", "xgmac.m")) for line in body)
    assert 4 * dots == macs
    assert not any(re.match(r"(mv|sw|addi [a-z0-9]+, [a-z0-9]+, 0$)", line) for line in body)


@pytest.mark.parametrize("kernel", ["pair-1x16-1:8", "spread-1x16-1:16", "xgather-1x16-1:8"])
@pytest.mark.parametrize("form", ["narrow", "clamped"])
def test_the_nest_fits_the_private_instruction_cache(kernel: str, form: Form) -> None:
    """The loop over records, from any place in a line of 4, in 32 lines."""
    requant = RequantAttr.of(12 if form == "narrow" else 24, 3, -128, 127, form)
    case = Case(kernel, 9, 64, 64, (0, 16), (0, 64), requant)
    lines = case.program(kernel_by_name(kernel).features).assembly().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("contract_"))
    outer = next(line for line in lines[start:] if line.startswith("\tlp.setup x1"))
    first = lines.index(outer, start) + 1
    last = lines.index(f"{outer.split()[-1]}:", first) + 1
    body = [line for line in lines[first : last + 1] if not line.endswith(":")]
    assert len(body) <= 125
    assert sum(line.split()[0] in ("sb", "p.sb") for line in body) == 16


@pytest.mark.parametrize(
    "kernel",
    [
        "dense-4x4",
        "dense-4x2",
        "dense-1x2",
        "dense-4x1",
        "xdecimate-1x2-1:8",
        "xdecimate-2x1-1:16",
        "pair-1x16-1:8",
        "spread-1x16-1:4",
        "walk-1x1-1:8",
        "xgmac-4x4of16-1:8",
        "xgmac-xrq-4x4of16-1:8",
    ],
)
def test_estimates_are_near_the_simulator(kernel: str) -> None:
    found = kernel_by_name(kernel)
    # Enough of the fast ones, lest cold caches count.
    rows, records = 64 if "xrq" in kernel else 16, found.records(8)
    case = Case(kernel, 9, 32, 8, (0, rows), (0, records), RequantAttr.of(12, 3, -128, 127))
    contents = case.contents(0)
    _, measured = case.program(found.features).run(contents, "out")
    cycles = next(s.cycles for s in measured.symbols if s.name.startswith("contract_"))
    # Cold caches and load-use stalls are not in the estimate.
    assert found.cycles(rows, records, 9, 32) == pytest.approx(cycles, rel=0.15)


def test_im2col_moves_a_byte_in_about_half_a_cycle() -> None:
    window = Window(16, 16, 64, (3, 3), (1, 1), (1, 1), (1, 1), 16)
    pixels, row_pitch = 64, 576

    def make(e: Emitter, at: Addresses) -> Im2colOp:
        return Im2colOp(
            at["src"],
            at["dst"],
            e.const(0),
            e.const(0),
            (e.const(0), e.const(pixels)),
            window=WindowAttr.of(window),
            tap_pitch=64,
            row_pitch=row_pitch,
            pad_value=0,
        )

    sizes = {"src": 16 * 16 * 64, "dst": pixels * row_pitch}
    contents = {name: np.zeros(size, np.uint8) for name, size in sizes.items()}
    _, measured = compile_op(make, sizes).run(contents, "dst")
    cycles = next(s.cycles for s in measured.symbols if s.name.startswith("im2col_"))
    assert cycles < 0.65 * pixels * row_pitch
    estimate = estimates.im2col(window, 64, row_pitch, pixels)
    assert estimate == pytest.approx(cycles, rel=0.15)
