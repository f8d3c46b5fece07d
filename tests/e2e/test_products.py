"""Products of two activations and attention, alone: sizes, cores, an L1 that barely fits."""

import pytest
from xdsl.ir import SSAValue

from nmc.numerics.requant import Requant
from tests.e2e.rows import Layer, compile_layer
from tests.schedule.networks import Network

WIDE = Requant((1 << 24,), 38, 3, -128, 127, "wide")


def scores(n: Network) -> SSAValue:
    """Rows times rows: both factors end with the axis that is summed over."""
    x = n.inputs[0]
    return n.product(x, n.requantize(x), transposed=True)


def square(n: Network) -> SSAValue:
    """Rows times columns, the right factor without a zero-point."""
    x = n.inputs[0]
    return n.product(x, n.transpose(n.requantize(x), 0, 2, 1), zeros=(7, 0), requant=WIDE)


def averages(n: Network) -> SSAValue:
    """Of a right factor as wide as no multiple of 4."""
    x = n.requantize(n.inputs[0])
    _, rows, width = n.shape(x)
    return n.product(
        n.product(x, x, transposed=True), n.slice(x, [0] * 3, [1, rows, width - 1], [1] * 3)
    )


def attention(n: Network) -> SSAValue:
    """Queries are requantised, every product has zero-points."""
    return n.attention(n.inputs[0], 2, rescaled=True)


def plain_attention(n: Network) -> SSAValue:
    """No zero-points of keys and values."""
    return n.attention(n.requantize(n.inputs[0]), 3, zeros=(0, 0))


def masked_keys(n: Network) -> SSAValue:
    """A mask of keys, the same for all queries and heads: the first row of what is read anyhow."""
    x = n.inputs[0]
    tokens = n.shape(x)[1]
    row = n.slice(x, [0, 0, 0], [1, 1, tokens], [1, 1, 1])
    return n.attention(x, 2, rescaled=True, zeros=(3, 5), mask=n.reshape(row, 1, 1, 1, tokens))


def masked_rows(n: Network) -> SSAValue:
    """A mask of its own for every query."""
    x = n.inputs[0]
    tokens = n.shape(x)[1]
    rows = n.slice(x, [0, 0, 1], [1, tokens, tokens], [1, 1, 1])
    return n.attention(x, 3, mask=n.reshape(rows, 1, 1, tokens, tokens))


ATTENTION = (attention, plain_attention, masked_keys, masked_rows)
"""Layers that are fused: no product, sum or softmax is on its own."""


@pytest.mark.parametrize(
    ("layer", "shape", "unsigned", "cores", "l1"),
    [
        (scores, (2, 13, 64), False, 8, 131072),
        (scores, (3, 21, 20), True, 4, 3072),
        (scores, (1, 1, 7), False, 2, 131072),
        (square, (1, 33, 8), True, 2, 2048),
        (square, (2, 9, 12), False, 1, 131072),
        (averages, (1, 30, 18), False, 8, 8192),
        (attention, (1, 37, 48), False, 8, 131072),
        (attention, (1, 37, 48), False, 4, 8192),
        (attention, (1, 21, 24), False, 1, 5120),
        (plain_attention, (1, 26, 72), True, 2, 131072),
        (attention, (1, 19, 42), False, 8, 131072),
        (attention, (1, 23, 30), False, 2, 5120),
        (plain_attention, (1, 11, 9), True, 1, 131072),
        (masked_keys, (1, 37, 48), False, 8, 131072),
        (masked_keys, (1, 21, 48), True, 2, 5120),
        (masked_rows, (1, 29, 36), False, 2, 131072),
        (masked_rows, (1, 35, 72), False, 1, 8192),
    ],
)
def test_exact(layer: Layer, shape: tuple[int, ...], unsigned: bool, cores: int, l1: int) -> None:
    program = compile_layer(layer, shape, unsigned=unsigned, cores=cores, l1=l1)
    operations = {each.op for each in program.manifest.layers}
    assert ("attention" in operations) is (layer in ATTENTION)
    assert layer not in ATTENTION or operations <= {"attention", "slice", "transpose", "requantize"}
    result = program.run_random(1, check=True, sanitize=True)
    assert result.exact, str(result.difference)
    assert [str(finding) for finding in result.findings or ()] == []
