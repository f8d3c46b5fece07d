"""Attention that is not fused leaves nothing behind."""

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, i64

from nmc.dialects import qnn
from nmc.passes.fuse_attention import FuseAttentionPass
from tests.schedule.networks import Network


@pytest.mark.parametrize(("l1", "fused"), [(2048, False), (65536, True)])
def test_values_are_used_in_the_module_alone(l1: int, fused: bool) -> None:
    n = Network((1, 30, 72))
    module = n.module(
        n.attention(n.inputs[0], 3), cores=IntegerAttr(1, i64), l1=IntegerAttr(l1, i64)
    )
    FuseAttentionPass().apply(Context(), module)
    assert any(isinstance(op, qnn.AttentionOp) for op in module.walk()) == fused
    for op in module.walk():
        arguments = [arg for region in op.regions for block in region.blocks for arg in block.args]
        users = [use.operation for value in (*op.results, *arguments) for use in value.uses]
        assert all(user.get_toplevel_object() is module for user in users)
