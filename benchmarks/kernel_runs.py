"""One layer compiled alone with one kernel, run and checked; `benchmarks.kernels` prints them."""

import re
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from onnx import ModelProto

import nmc
from benchmarks.kept import kept
from benchmarks.shapes import GROUPS, Shape
from nmc.backend.kernels import ContractionKernel, kernels_for
from nmc.errors import NmcError
from nmc.models.sparsity import parse_sparsity
from nmc.options import FEATURES

KEPT = Path("build/bench/kernels")


@dataclass(frozen=True)
class Measured:
    """One kernel on one layer.

    group: of layers, one of GROUPS. needs: the features it was compiled with, all that the kernel
    uses and no other. macs: of the dense layer. estimate: the planner's cycles. cycles: 0 where the
    layer does not compile, as one whose least tile L1 does not hold; `problem` says why.
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
    problem: str = ""

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
        figures = kept(KEPT / f"{name}.json", run)
        assert figures is not None, "what is not kept is measured"
        found.append(Measured(**figures[0]))
    return found


def _data(
    group: str, shape: Shape, sparsity: str, kernel: ContractionKernel
) -> list[dict[str, Any]]:
    return [asdict(measure(group, shape, sparsity, kernel))]


@lru_cache(1)
def _model(shape: Shape, sparsity: str) -> ModelProto:
    return shape.build(sparsity)


def measure(group: str, shape: Shape, sparsity: str, kernel: ContractionKernel) -> Measured:
    """One kernel, on a machine with what it needs and nothing more."""
    needs = ", ".join(kernel.features)
    one = Measured(group, shape.name, shape.kind, sparsity, kernel.name, needs, 0, 0, 0, False)
    try:
        program = nmc.compile(
            _model(shape, sparsity), features=kernel.features, kernels=[kernel.name]
        )
    except NmcError as error:
        return replace(one, problem=str(error))
    result = program.run_random(7, check=True)
    (row,) = (layer for layer in result.layers if layer.name == shape.layer)
    (plan,) = (layer for layer in program.manifest.layers if layer.name == shape.layer)
    assert row.kernel == kernel.name
    exact = result.exact is True
    return replace(one, cycles=row.cycles, estimate=plan.cycles, macs=row.macs, exact=exact)
