"""Networks of tokens on the cluster, from the ONNX file: every bit as the reference says.

Under the sanitizers, which find nothing. `make test` runs each once, NMC_E2E=full over sparsity,
extension, cores and L1.
"""

import os
from itertools import product

import pytest

from nmc.models.tokens import TOKEN_NETWORKS
from tests.e2e.networks import L1_SIZES, Case, compile_case

FEW = (
    Case("softmax-columns", "1:4", "xnm", 3, "roomy"),
    Case("layer-norm", "1:4", "none", 2, "tight"),
    Case("parts", "dense", "xnm", 4, "tight"),
    Case("mixer", "1:4", "xnm", 8, "tight"),
    Case("vit-forms", "1:4", "none", 8, "tight"),
    Case("cct", "1:8", "none", 1, "roomy"),
    Case("attention-separate", "1:4", "xnm", 3, "tight"),
    Case("bert", "dense", "none", 8, "roomy"),
)


def cases() -> list[Case]:
    """What to run."""
    if os.environ.get("NMC_E2E") != "full":
        return list(FEW)
    factors = (TOKEN_NETWORKS, ("dense", "1:4", "1:8"), ("none", "xnm"), (1, 3, 8), L1_SIZES)
    return [Case(*row) for row in product(*factors)]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_exact(case: Case) -> None:
    program = compile_case(case)
    for seed in (0, 1):
        result = program.run_random(seed, check=True, sanitize=True)
        assert result.exact, str(result.difference)
        assert [str(finding) for finding in result.findings or ()] == []
