"""Compiled networks on both engines of the simulator: everything they leave is the same.

`make test` runs a few small ones, NMC_E2E=full every small network over cores, sparsities and the
extension, and ResNet18 whole (some 30 us of the host a cycle: five to fifteen minutes each).
"""

import os
from itertools import product
from random import Random

import pytest

import nmc
from nmc.models.quantise import serialise
from nmc.models.resnet18 import build_resnet18
from nmc.models.small import SMALL
from nmc.models.tokens import TOKEN_NETWORKS
from nmc.program import Program
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
    Case("vit-forms", "1:8", "xnm", 8, "roomy"),
)
FULL = os.environ.get("NMC_E2E") == "full"


def cases() -> list[Case]:
    """What to run."""
    if not FULL:
        return list(FEW)
    factors = ("dense", "1:8"), ("none", "xnm"), (1, 8, 16)
    small = [Case(*shape, l1="tight") for shape in product(SMALL, *factors)]
    return small + [Case(*shape, l1="roomy") for shape in product(TOKEN_NETWORKS, *factors)]


def assert_engines_agree(program: Program, seed: str) -> None:
    """On inputs drawn with `seed`: every byte, register, cycle and counter."""
    machine = Machine(program.manifest, program.elf)
    rng = Random(seed)
    inputs = {t.address: rng.randbytes(t.bytes) for t in program.manifest.inputs}
    result = assert_same_run(
        machine.simulator, program.elf, machine.target, inputs, machine.max_cycles
    )
    assert result.exit_code == 0
    assert len(result.layers) == len(program.manifest.layers)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_engines_agree(case: Case) -> None:
    assert_engines_agree(compile_case(case), str(case))


@pytest.mark.skipif(not FULL, reason="NMC_E2E=full runs whole networks on the oracle")
@pytest.mark.parametrize(
    ("sparsity", "features"), [("1:8", ("xnm",)), ("1:8", ()), ("dense", ())], ids=str
)
def test_engines_agree_on_resnet18(sparsity: str, features: tuple[str, ...]) -> None:
    model = serialise(build_resnet18(sparsity=sparsity))
    program = nmc.compile(model, features=features, name="resnet18")
    assert_engines_agree(program, "resnet18")
