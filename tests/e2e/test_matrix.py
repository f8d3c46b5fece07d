"""Small networks over sparsity, extension, cores and L1: every bit as the reference says.

Every run is under the sanitizers, which find nothing.

`make test` runs a set in which every two values of two factors meet; with NMC_E2E=full, as
`make bench` sets it, all combinations are run.
"""

import os
from itertools import product
from typing import cast

import pytest

from nmc.models.small import SMALL
from tests.e2e.networks import Case, compile_case
from tests.e2e.pairwise import pairwise

SPARSITIES = ("dense", "1:4", "1:8", "1:16")
FEATURES = ("none", "xnm")
CORES = (1, 2, 4, 8)
L1 = ("roomy", "tight")

# Of the full matrix: odd channels, wide, strides, tall kernels, pointwise, depthwise, a residual
# network, pooling, a matrix product.
FULL_NETWORKS = (
    "conv-odd",
    "conv-wide",
    "conv-stride",
    "conv-tall",
    "pointwise",
    "depthwise",
    "tiny-resnet",
    "average-pool",
    "gemm",
)


def cases() -> list[Case]:
    """The combinations to run."""
    if os.environ.get("NMC_E2E") == "full":
        rows = list(product(FULL_NETWORKS, SPARSITIES, FEATURES, CORES, L1))
    else:
        rows = pairwise((SMALL, SPARSITIES, FEATURES, CORES, L1))
    return [Case(*cast("tuple[str, str, str, int, str]", row)) for row in rows]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_exact(case: Case) -> None:
    program = compile_case(case)
    for seed in (0, 1):
        result = program.run_random(seed, check=True, sanitize=True)
        assert result.exact, str(result.difference)
        assert [str(finding) for finding in result.findings or ()] == []
        assert result.cycles > 0
    assert [memory.space for memory in program.manifest.memories if memory.peak > memory.size] == []
    names = [buffer.name for buffer in program.manifest.buffers]
    assert len(set(names)) == len(names)
