"""Operations on rows and through tables, alone: sizes, cores, an L1 that barely fits."""

import pytest
from xdsl.ir import SSAValue

from tests.e2e.rows import Layer, compile_layer
from tests.schedule.networks import Network


def lookup(n: Network) -> SSAValue:
    return n.lookup(n.inputs[0])


def softmax(n: Network) -> SSAValue:
    return n.softmax(n.inputs[0])


def layer_norm(n: Network) -> SSAValue:
    return n.layer_norm(n.inputs[0])


def whole(n: Network) -> SSAValue:
    """One after the other, as in a transformer."""
    return n.softmax(n.lookup(n.layer_norm(n.inputs[0])))


@pytest.mark.parametrize(
    ("layer", "shape", "unsigned", "cores", "l1"),
    [
        (lookup, (1, 5, 7), False, 1, 131072),
        (lookup, (1, 1), True, 8, 131072),
        (lookup, (1, 33, 61), True, 4, 4096),
        (lookup, (1, 33, 61), False, 2, 1344),
        (layer_norm, (2, 3, 7), True, 2, 131072),
        (layer_norm, (1, 1, 1), False, 8, 131072),
        (layer_norm, (1, 300), True, 8, 131072),
        (layer_norm, (2, 11, 66), False, 4, 3840),
        (layer_norm, (1, 3, 4096), False, 1, 41536),
        (whole, (1, 19, 45), False, 8, 8192),
        (softmax, (2, 3, 7), False, 1, 131072),
        (softmax, (1, 1, 1), True, 2, 131072),
        (softmax, (3, 4, 1), False, 8, 131072),
        (softmax, (1, 300), True, 8, 131072),
        (softmax, (2, 11, 66), True, 4, 4416),
        (softmax, (1, 2, 4096), False, 2, 11456),
    ],
)
def test_exact(layer: Layer, shape: tuple[int, ...], unsigned: bool, cores: int, l1: int) -> None:
    program = compile_layer(layer, shape, unsigned=unsigned, cores=cores, l1=l1)
    result = program.run_random(1, check=True, sanitize=True)
    assert result.exact, str(result.difference)
    assert [str(finding) for finding in result.findings or ()] == []
