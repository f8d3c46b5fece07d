"""The addition that a convolution or matrix product does on its way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xdsl.dialects.builtin import I64, DenseArrayBase, IntAttr, IntegerType, i64
from xdsl.ir import Attribute, ParametrizedAttribute, SSAValue
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.common import (
    check_in_range,
    check_shape,
    i8,
    integer_range,
    shape_of,
    tensor_type,
    ui8,
)
from nmc.numerics.add import AddParams, unsafe_add_reason

_KEYS = ("own", "zero_points", "multipliers", "shift", "zero_point", "lo", "hi")


@irdl_attr_definition
class AdditionAttr(ParametrizedAttribute):
    """`y = clamp((((a - z_a) * m_a + (b - z_b) * m_b + 2^(s-1)) >> s) + z, lo, hi)`, as `qnn.add`.

    ```
    #qnn.addition<own = i8, zero_points = [3, -5], multipliers = [1048576, 524288], shift = 20,
                  zero_point = 0, lo = 0, hi = 127>
    ```

    a is what the operation requantises to, in elements of type `own` (i8 or ui8), b the addend.
    """

    name = "qnn.addition"

    own: IntegerType
    zero_points: DenseArrayBase[I64]
    multipliers: DenseArrayBase[I64]
    shift: IntAttr
    zero_point: IntAttr
    lo: IntAttr
    hi: IntAttr

    @staticmethod
    def of(own: IntegerType, params: AddParams) -> AdditionAttr:
        """The attribute of `params`, whose left operand is the operation's own result."""
        return AdditionAttr(
            own,
            DenseArrayBase.from_list(i64, [params.lhs_zero_point, params.rhs_zero_point]),
            DenseArrayBase.from_list(i64, [params.lhs_multiplier, params.rhs_multiplier]),
            IntAttr(params.shift),
            IntAttr(params.zero_point),
            IntAttr(params.lo),
            IntAttr(params.hi),
        )

    def params(self) -> AddParams:
        """The constants of the addition; the left operand is the operation's own result."""
        zeros, factors = self._pairs()
        return AddParams(
            *zeros,
            *factors,
            self.shift.data,
            self.zero_point.data,
            self.lo.data,
            self.hi.data,
        )

    def _pairs(self) -> tuple[tuple[int, int], tuple[int, int]]:
        (own_zero, zero), (own_factor, factor) = (
            pair.get_values() for pair in (self.zero_points, self.multipliers)
        )
        return (own_zero, zero), (own_factor, factor)

    def with_bounds(self, lo: int, hi: int) -> AdditionAttr:
        """The same with other bounds of the sum."""
        return AdditionAttr.of(self.own, replace(self.params(), lo=lo, hi=hi))

    def verify(self) -> None:
        if self.own not in (i8, ui8):
            raise VerifyException(f"own must be i8 or ui8, not {self.own}")
        for name, pair in (("zero_points", self.zero_points), ("multipliers", self.multipliers)):
            if len(pair) != 2:
                raise VerifyException(f"{name} needs 2 numbers, got {len(pair)}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        values: dict[str, Attribute] = {}
        start = parser.pos

        def entry() -> None:
            position = parser.pos
            key = parser.parse_identifier(" (a parameter of #qnn.addition)")
            if key not in _KEYS:
                parser.raise_error(f"#qnn.addition has no parameter '{key}'", position, parser.pos)
            parser.parse_punctuation("=")
            if key == "own":
                values[key] = parser.parse_type()
            elif key in ("zero_points", "multipliers"):
                numbers = parser.parse_comma_separated_list(
                    parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False)
                )
                values[key] = DenseArrayBase.from_list(i64, numbers)
            else:
                values[key] = IntAttr(parser.parse_integer(allow_boolean=False))

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, entry)
        missing = [key for key in _KEYS if key not in values]
        if missing:
            parser.raise_error(f"#qnn.addition lacks {', '.join(missing)}", start, parser.pos)
        return [values[key] for key in _KEYS]

    def print_parameters(self, printer: Printer) -> None:
        zeros, factors = (
            ", ".join(map(str, pair.iter_values())) for pair in (self.zero_points, self.multipliers)
        )
        with printer.in_angle_brackets():
            printer.print_string(
                f"own = {self.own}, zero_points = [{zeros}], multipliers = [{factors}], "
                f"shift = {self.shift.data}, zero_point = {self.zero_point.data}, "
                f"lo = {self.lo.data}, hi = {self.hi.data}"
            )


def own_type(addition: AdditionAttr | None, result: SSAValue) -> Attribute:
    """The element type an operation requantises to: the result's unless it adds afterwards."""
    return tensor_type(result).element_type if addition is None else addition.own


def check_addition(
    addition: AdditionAttr | None, addend: SSAValue | None, result: SSAValue
) -> None:
    """Both or neither are there, shapes agree, and the sum is safe for every pair of inputs."""
    if addition is None and addend is None:
        return
    if addition is None or addend is None:
        raise VerifyException("an addend needs an addition, and an addition an addend")
    check_shape("the addend", shape_of(addend), shape_of(result))
    params = addition.params()
    check_in_range("the own zero-point", params.lhs_zero_point, addition.own)
    check_in_range("the addend's zero-point", params.rhs_zero_point, addend.type)
    for name in ("zero_point", "lo", "hi"):
        check_in_range(f"the addition's {name}", getattr(params, name), result.type)
    reason = unsafe_add_reason(params, integer_range(addition.own), integer_range(addend.type))
    if reason is not None:
        raise VerifyException(f"the addition: {reason}")
