"""The dense inner loops come out as good as they can be written by hand."""

import pytest

from nmc.passes.allocate_registers import AllocateRegistersPass
from nmc.passes.canonicalize_machine import CanonicalizeMachinePass
from nmc.passes.flatten_control_flow import FlattenControlFlowPass
from nmc.passes.form_hardware_loops import FormHardwareLoopsPass
from nmc.passes.form_post_increments import FormPostIncrementsPass
from nmc.passes.insert_prologue_epilogue import InsertPrologueEpiloguePass
from nmc.passes.schedule import SchedulePass
from nmc.passes.verify_allocation import VerifyAllocationPass

from .compiled import lines_of, parse, run_passes

PIPELINE = (
    CanonicalizeMachinePass(),
    FormHardwareLoopsPass(),
    FormPostIncrementsPass(),
    SchedulePass(),
    AllocateRegistersPass(),
    SchedulePass(),
    VerifyAllocationPass(),
    InsertPrologueEpiloguePass(),
    VerifyAllocationPass(),
    FlattenControlFlowPass(),
)
REG = "!riscv.reg"


def dense_kernel(channels: int, pixels: int) -> str:
    """Rows of `pixels` by `channels` outputs, written naively; pointers are stepped last."""
    lines = [
        "riscv_func.func @kernel(%w : R, %x : R, %pitch : R, %out : R, %k : R, %rows : R,"
        " %z : R) {",
        "%c0 = rv32.li 0 : R",
        "%o9, %x9 = riscv_scf.for %i : R = %c0 : R to %rows : R step 1 : si12"
        " iter_args(%o = %out, %x0 = %x) -> (R, R) {",
    ]
    lines += [f"%x{p} = riscv.add %x{p - 1}, %pitch : (R, R) -> R" for p in range(1, pixels)]
    lines += [f"%b{c} = riscv.lw %w, {4 * c} : (R) -> R" for c in range(channels)]
    lines.append(f"%wp = riscv.addi %w, {4 * channels} : (R) -> R")
    pairs = [(c, p) for c in range(channels) for p in range(pixels)]
    carried = [(f"%a{c}{p}", f"%b{c}") for c, p in pairs]
    carried += [("%wq", "%wp"), *((f"%q{p}", f"%x{p}") for p in range(pixels))]
    results = ", ".join(f"%r{index}" for index in range(len(carried)))
    given = ", ".join(f"{name} = {init}" for name, init in carried)
    types = ", ".join(["R"] * len(carried))
    lines.append(
        f"{results} = riscv_scf.for %j : R = %c0 : R to %k : R step 4 : si12"
        f" iter_args({given}) -> ({types}) {{"
    )
    lines += [f"%v{p} = riscv.lw %q{p}, 0 : (R) -> R" for p in range(pixels)]
    for c in range(channels):
        lines.append(f"%u{c} = riscv.lw %wq, {4 * c} : (R) -> R")
        for p in range(pixels):
            dot = f"xpulp.pv.sdotsp.b %a{c}{p}, %v{p}, %u{c}"
            lines.append(f"%n{c}{p} = {dot} : (R, R, R) -> R")
    lines.append(f"%nw = riscv.addi %wq, {4 * channels} : (R) -> R")
    lines += [f"%nq{p} = riscv.addi %q{p}, 4 : (R) -> R" for p in range(pixels)]
    yielded = [f"%n{c}{p}" for c, p in pairs] + ["%nw", *(f"%nq{p}" for p in range(pixels))]
    lines += [f"riscv_scf.yield {', '.join(yielded)} : {types}", "} {nonzero}"]
    for index in range(len(pairs)):
        lines.append(f"%s{index} = xpulp.p.addRN %r{index}, %z, 9 : (R, R) -> R")
        lines.append(f"riscv.sb %o, %s{index}, {index} : (R, R) -> ()")
    lines += [
        f"%on = riscv.addi %o, {len(pairs)} : (R) -> R",
        f"riscv_scf.yield %on, %r{len(carried) - 1} : R, R",
        "}",
        "riscv_func.return",
        "}",
    ]
    return "\n".join(lines).replace("R", REG).replace("p.add" + REG + "N", "p.addRN")


def inner_loop(lines: list[str]) -> list[str]:
    """The instructions of the loop set up as x0."""
    start = next(i for i, line in enumerate(lines) if line.startswith("lp.setup x0"))
    label = lines[start].split()[-1] + ":"
    end = lines.index(label)
    return [line for line in lines[start + 1 : end + 2] if not line.endswith(":")]


def stalls(lines: list[str]) -> int:
    """Loads whose result the next instruction reads."""
    found = 0
    for line, following in zip(lines, [*lines[1:], lines[0]], strict=True):
        if line.split()[0] in ("lw", "p.lw"):
            loaded = line.replace(",", "").split()[1]
            found += loaded in following.replace(",", "").split()[1:]
    return found


@pytest.mark.parametrize(
    ("channels", "pixels", "instructions"), [(4, 4, 24), (4, 2, 14), (1, 2, 5), (2, 4, 14)]
)
def test_inner_loop_has_no_copy_no_spill_and_no_stall(
    channels: int, pixels: int, instructions: int
):
    module = parse(dense_kernel(channels, pixels))
    run_passes(module, PIPELINE)
    body = inner_loop(lines_of(module, "kernel"))
    assert len(body) == instructions
    dots = [line for line in body if line.startswith("pv.sdotsp.b")]
    loads = [line for line in body if line.split()[0] in ("lw", "p.lw")]
    assert len(dots) == channels * pixels
    assert len(loads) == channels + pixels
    assert not any("(sp)" in line for line in body)
    assert stalls(body) == 0
