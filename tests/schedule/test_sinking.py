"""What only computes moves to where it is needed, in an order that still holds."""

from collections.abc import Mapping

from xdsl.dialects import arith, test
from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.ir import Block, Operation, Region

from nmc.passes.scheduling.sinking import sink


def constant(value: int) -> arith.ConstantOp:
    """A word."""
    return arith.ConstantOp(IntegerAttr(value, i32))


def names(block: Block, known: Mapping[str, Operation]) -> list[str]:
    """The block's operations by name."""
    by_op = {op: name for name, op in known.items()}
    return [by_op[op] for op in block.ops]


def test_operands_stay_in_front_of_what_needs_them() -> None:
    a, b = constant(1), constant(2)
    early = arith.AddiOp(a.result, b.result)
    first = test.TestOp([b.result])
    late = arith.MuliOp(early.result, a.result)
    second = test.TestOp([late.result, a.result])
    known = {"a": a, "b": b, "early": early, "first": first, "late": late, "second": second}
    block = Block(known.values())
    sink(block)
    assert names(block, known) == ["b", "first", "a", "early", "late", "second"]
    block.verify()


def test_what_a_region_needs_is_computed_before_it() -> None:
    a, b = constant(1), constant(2)
    before, after = test.TestOp(), test.TestOp([b.result])
    holder = test.TestOp(regions=[Region(Block([test.TestOp([a.result])]))])
    known = {"a": a, "b": b, "before": before, "holder": holder, "after": after}
    block = Block(known.values())
    sink(block)
    assert names(block, known) == ["before", "a", "holder", "b", "after"]
