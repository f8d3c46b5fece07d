"""Functions through tables and operations on rows, simulated, against the semantics on bytes."""

import numpy as np
import pytest

from nmc.backend.kernels import estimates
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import LookupOp, TileOperation
from nmc.numerics import tile_rows
from nmc.numerics.packing import Bytes
from tests.kernels.data import random_bytes
from tests.kernels.harness import Addresses, compile_op
from tests.kernels.test_inner_loops import loop_bodies


def make_lookup(span: tuple[int, int]):
    """The operation on buffers src, table and out."""

    def make(e: Emitter, at: Addresses) -> TileOperation:
        bounds = (e.const(span[0]), e.const(span[1]))
        return LookupOp(at["src"], at["table"], at["out"], bounds)

    return make


def lookup_buffers(size: int) -> dict[str, Bytes]:
    rng = np.random.default_rng(3)
    sizes = {"src": size, "table": 256, "out": size}
    return {name: random_bytes(rng, count) for name, count in sizes.items()}


@pytest.mark.parametrize("span", [(0, 0), (0, 3), (1, 8), (4, 32), (0, 1001)])
def test_lookup(span: tuple[int, int]) -> None:
    buffers = lookup_buffers(span[1] + 5)
    expected = buffers["out"].copy()
    tile_rows.lookup(buffers["src"], buffers["table"], expected, span)
    program = compile_op(make_lookup(span), {name: len(data) for name, data in buffers.items()})
    found, _ = program.run(buffers, "out")
    np.testing.assert_array_equal(found, expected)


def test_a_lookup_is_three_instructions_a_byte() -> None:
    size = 4096
    program = compile_op(make_lookup((0, size)), {"src": size, "table": 256, "out": size})
    body = loop_bodies(program.assembly(), "lookup")[0]
    # Of four bytes: their word, the bytes apart, their entries, two packs and a store.
    assert len(body) == 2 * (1 + 4 + 4 + 2 + 1), "\n".join(body)
    _, measured = program.run(lookup_buffers(size), "out")
    cycles = next(s.cycles for s in measured.symbols if s.name == "lookup")
    assert estimates.lookup(size) == pytest.approx(cycles, rel=0.1)
