"""How often a counted loop runs, as a constant or as instructions that compute it."""

from dataclasses import dataclass, field

from xdsl.dialects import riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from .constants import constant_of
from .folding import fits_immediate


@dataclass
class TripCount:
    """`constant`, or `value` (0 or negative: no iteration) computed by `operations`."""

    constant: int | None = None
    value: SSAValue | None = None
    operations: list[Operation] = field(default_factory=list[Operation])
    nonzero: bool = False
    """At least one iteration is certain (of a count that is not constant)."""


def trip_count(op: riscv_scf.ForOp) -> TripCount | None:
    """The trip count ceil((stop - start) / step), None if it would take a division.

    Assumes as `riscv_scf.for` does that the counter does not overflow.
    """
    attribute = op.step
    step = attribute.value.data if isinstance(attribute, IntegerAttr) else constant_of(attribute)
    if step is None or step <= 0:
        return None
    start, stop = constant_of(op.start), constant_of(op.stop)
    if start is not None and stop is not None:
        return TripCount(constant=max(0, -(-(stop - start) // step)))
    if step & (step - 1):
        return None
    result = TripCount(value=op.stop, nonzero="nonzero" in op.attributes)
    # count = (stop - start + step - 1) >> log2(step), leaving out what is zero
    bias = step - 1
    if start is not None and fits_immediate(bias - start):
        bias -= start
    elif start != 0:
        _extend(result, riscv.SubOp(op.stop, op.start))
    if bias:
        assert result.value is not None
        _extend(result, _add_constant(result, bias))
    if step > 1:
        assert result.value is not None
        _extend(result, rv32.SraiOp(result.value, step.bit_length() - 1))
    return result


def _extend(count: TripCount, op: Operation) -> None:
    count.operations.append(op)
    count.value = op.results[0]


def _add_constant(count: TripCount, amount: int) -> Operation:
    assert count.value is not None
    if fits_immediate(amount):
        return riscv.AddiOp(count.value, amount)
    constant = rv32.LiOp(amount)
    count.operations.append(constant)
    return riscv.AddOp(count.value, constant.rd)
