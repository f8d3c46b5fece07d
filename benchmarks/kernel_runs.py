"""One layer compiled alone with one kernel, run and checked; `benchmarks.kernels` prints them."""

import re
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nmc
from benchmarks.keeping import kept
from benchmarks.shapes import GROUPS, Shape
from nmc.backend.kernels import ContractionKernel, kernels_for
from nmc.models.sparsity import parse_sparsity
from nmc.options import FEATURES

KEPT = Path("build/bench/kernels")


@dataclass(frozen=True)
class Measured:
    """One kernel on one layer.

    group: of layers, one of GROUPS. needs: the features it was compiled with, all that the kernel
    uses and no other. macs: of the dense layer. estimate: the planner's cycles.
    """

    group: str
    layer: str
    kind: str
    sparsity: str
    kernel: str
    needs: str
    cycles: int
    estimate: int
    macs: int
    exact: bool

    @property
    def family(self) -> str:
        """The kernel's name without the pattern."""
        return self.kernel.removesuffix(f"-{self.sparsity}")

    @property
    def rate(self) -> float:
        """Dense MAC/cycle."""
        return self.macs / self.cycles


def measure_all(group: str, place: int, sparsity: str) -> list[Measured]:
    """Every kernel for layer number `place` of a group; what is known is not measured again.

    The dense kernels come with dense weights alone.
    """
    shape = GROUPS[group][place]
    pattern = parse_sparsity(sparsity)
    nm = None if pattern is None else (pattern.n, pattern.m)
    found: list[Measured] = []
    for kernel in kernels_for(nm, FEATURES):
        if kernel.nm != nm:
            continue
        name = re.sub(r"\W+", "-", f"{group} {shape.name} {sparsity} {kernel.name}")
        run = partial(_data, group, shape, sparsity, kernel)
        found.append(Measured(**kept(KEPT, name, run)[0]))
    return found


def _data(group: str, shape: Shape, sparsity: str, kernel: ContractionKernel) -> dict[str, Any]:
    return asdict(measure(group, shape, sparsity, kernel))


def measure(group: str, shape: Shape, sparsity: str, kernel: ContractionKernel) -> Measured:
    """One kernel, on a machine with what it needs and nothing more."""
    program = nmc.compile(shape.build(sparsity), features=kernel.features, kernels=[kernel.name])
    result = program.run_random(7, check=True)
    (row,) = (layer for layer in result.layers if layer.name == shape.layer)
    (plan,) = (layer for layer in program.manifest.layers if layer.name == shape.layer)
    return Measured(
        group,
        shape.name,
        shape.kind,
        sparsity,
        row.kernel,
        ", ".join(kernel.features),
        row.cycles,
        plan.cycles,
        row.macs,
        result.exact is True,
    )
