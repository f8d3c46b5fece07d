"""Small networks, compiled, on both engines of the simulator: everything they leave is the same.

`make test` runs a few, NMC_E2E=full every network over cores, sparsities and the extension.
"""

import os
from itertools import product
from random import Random

import pytest

from nmc.models.small import SMALL
from nmc.program.running import Machine
from tests.e2e.networks import Case, compile_case
from tests.sim.equality import assert_same_run

FEW = (
    Case("conv-odd", "1:4", "xnm", 8, "tight"),
    Case("conv-wide", "1:8", "none", 4, "roomy"),
    Case("conv-stride", "dense", "none", 8, "tight"),
    Case("depthwise", "dense", "none", 3, "roomy"),
    Case("average-pool", "dense", "none", 8, "roomy"),
    Case("gemm", "1:16", "xnm", 2, "roomy"),
    Case("tiny-resnet", "1:8", "xnm", 8, "tight"),
    Case("pointwise", "1:4", "none", 1, "roomy"),
)


def cases() -> list[Case]:
    """What to run."""
    if os.environ.get("NMC_E2E") != "full":
        return list(FEW)
    shapes = product(SMALL, ("dense", "1:8"), ("none", "xnm"), (1, 8, 16))
    return [Case(*shape, l1="tight") for shape in shapes]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_engines_agree(case: Case) -> None:
    program = compile_case(case)
    machine = Machine(program.manifest, program.elf)
    rng = Random(str(case))
    inputs = {t.address: rng.randbytes(t.bytes) for t in program.manifest.inputs}
    result = assert_same_run(
        machine.simulator, program.elf, machine.target, inputs, machine.max_cycles
    )
    assert result.exit_code == 0
    assert len(result.layers) == len(program.manifest.layers)
