"""Random networks compute what the reference computes, or are refused for what a user can repair.

`make test` runs the first 30, NMC_E2E=full 400; `python -m tests.e2e.random_networks FIRST COUNT`
runs any others.
"""

import os

import pytest

from tests.e2e.random_networks import make_network, outcome

COUNT = 400 if os.environ.get("NMC_E2E") == "full" else 30


@pytest.mark.parametrize("seed", range(COUNT))
def test_exact_or_refused(seed: int) -> None:
    network = make_network(seed)
    end = outcome(network)
    assert end.good, f"{end}\n{network}"
