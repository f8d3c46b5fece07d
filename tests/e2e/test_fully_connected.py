"""Fully connected layers of one vector, at sizes that leave remainders everywhere."""

import pytest

import nmc
from nmc.models.builder import GraphBuilder
from nmc.models.quantise import quantise
from nmc.models.sparsity import parse_sparsity
from nmc.program.arrays import random_inputs

CASES = [
    # inner, columns, sparsity, kernel, cores, bytes of L1
    (37, 101, "dense", "dense-4x1", 8, None),
    (100, 37, "dense", "dense-4x1", 5, None),
    (96, 131, "1:4", "walk-1x1-1:4", 3, None),
    (72, 101, "1:8", "walk-1x1-1:8", 8, None),
    (520, 125, "1:8", "walk-1x1-1:8", 16, None),
    (512, 257, "1:8", "walk-1x1-1:8", 8, 32768),
    (264, 77, "1:16", "walk-1x1-1:16", 8, None),
    (40, 9, "1:8", "walk-1x1-1:8", 1, None),
    (136, 51, "1:8", "xdecimate-2x1-1:8", 8, None),
]


@pytest.mark.parametrize(("inner", "columns", "sparsity", "kernel", "cores", "l1"), CASES)
def test_bits_at_any_size(
    inner: int, columns: int, sparsity: str, kernel: str, cores: int, l1: int | None
) -> None:
    graph = GraphBuilder("product", 0)
    x = graph.input("x", (1, 1, inner))
    model = quantise(graph, {"y": graph.matmul("fc", x, columns, parse_sparsity(sparsity))})
    features = ("xdecimate",) if kernel.startswith("xdecimate") else ()
    program = nmc.compile(model, features=features, cores=cores, l1=l1, kernels=[kernel])
    result = program.run_integers(random_inputs("7", program.manifest.inputs), check=True)
    assert result.exact
    assert result.layers[-1].kernel == kernel
