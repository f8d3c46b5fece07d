"""The attribute that holds the constants of a requantisation."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from xdsl.dialects.builtin import I32, DenseArrayBase, IntAttr, StringAttr, i32
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from nmc.numerics.requant import SHIFTS, Form, Requant

_KEYS = ("multiplier", "shift", "zero_point", "lo", "hi", "form", "acc_bits")


@irdl_attr_definition
class RequantAttr(ParametrizedAttribute):
    """`y = clamp(((sat(acc) * m + 2^(s-1)) >> s) + z, lo, hi)`; see `nmc.numerics.requant`.

    ```
    #qnn.requant<multiplier = [5123, 4711], shift = 20, zero_point = -3, lo = -128, hi = 127,
                 form = narrow, acc_bits = 17>
    ```

    `multiplier` has one entry for the tensor or one for each channel; `form` is `narrow` (shift
    1 to 31, everything in 32 bits), `clamped` (shift 1 to 24, as that with accumulators held by
    channel) or `wide` (shift 18 to 62, high half of a 64-bit product, below 33 of an accumulator
    moved up);
    `acc_bits` (left out when 0) saturates the accumulator first.
    """

    name = "qnn.requant"

    multiplier: DenseArrayBase[I32]
    shift: IntAttr
    zero_point: IntAttr
    lo: IntAttr
    hi: IntAttr
    form: StringAttr
    acc_bits: IntAttr

    @staticmethod
    def get(
        multiplier: Sequence[int] | npt.NDArray[Any],
        shift: int,
        zero_point: int,
        lo: int,
        hi: int,
        form: str = "narrow",
        acc_bits: int = 0,
    ) -> "RequantAttr":
        """The attribute from plain numbers."""
        return RequantAttr(
            DenseArrayBase.from_list(i32, [int(m) for m in multiplier]),
            IntAttr(shift),
            IntAttr(zero_point),
            IntAttr(lo),
            IntAttr(hi),
            StringAttr(form),
            IntAttr(acc_bits),
        )

    @staticmethod
    def from_requant(requant: Requant) -> "RequantAttr":
        """The attribute of a `Requant`."""
        return RequantAttr.get(
            requant.multiplier,
            requant.shift,
            requant.zero_point,
            requant.lo,
            requant.hi,
            requant.form,
            requant.acc_bits,
        )

    def to_requant(self) -> Requant:
        """The constants as a `Requant`."""
        return Requant(
            self.multiplier.get_values(),
            self.shift.data,
            self.zero_point.data,
            self.lo.data,
            self.hi.data,
            cast(Form, self.form.data),
            self.acc_bits.data,
        )

    @property
    def multipliers(self) -> npt.NDArray[np.int32]:
        """The multipliers as an int32 array of length 1 or the number of channels."""
        return np.frombuffer(self.multiplier.data.data, dtype=np.dtype("<i4"))

    def with_bounds(self, lo: int, hi: int) -> "RequantAttr":
        """The same with other output bounds."""
        return RequantAttr.get(
            self.multiplier.get_values(),
            self.shift.data,
            self.zero_point.data,
            lo,
            hi,
            self.form.data,
            self.acc_bits.data,
        )

    def verify(self) -> None:
        values = self.multiplier.get_values()
        if not values:
            raise VerifyException("a requantisation needs at least one multiplier")
        if min(values) < 0:
            raise VerifyException(f"multipliers must not be negative, got {min(values)}")
        shift, form = self.shift.data, self.form.data
        allowed = SHIFTS.get(form)
        if allowed is None:
            raise VerifyException(f"form must be narrow, clamped or wide, not '{form}'")
        if shift not in allowed:
            raise VerifyException(
                f"a {form} requantisation shifts by {allowed[0]} to {allowed[-1]}, not {shift}"
            )
        if self.acc_bits.data != 0 and not 2 <= self.acc_bits.data <= 32:
            raise VerifyException(f"acc_bits must be 0 or 2 to 32, not {self.acc_bits.data}")
        if not self.lo.data <= self.hi.data:
            raise VerifyException(f"lo = {self.lo.data} lies above hi = {self.hi.data}")
        for what, value in (
            ("zero_point", self.zero_point.data),
            ("lo", self.lo.data),
            ("hi", self.hi.data),
        ):
            if not -128 <= value <= 255:
                raise VerifyException(f"{what} = {value} fits neither int8 nor uint8")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        values: dict[str, int] = {}
        multiplier: list[int] | None = None
        form: str | None = None

        def entry() -> None:
            nonlocal multiplier, form
            position = parser.pos
            key = parser.parse_identifier(" (a parameter of #qnn.requant)")
            if key not in _KEYS:
                parser.raise_error(f"#qnn.requant has no parameter '{key}'", position, parser.pos)
            parser.parse_punctuation("=")
            if key == "multiplier":
                multiplier = parser.parse_comma_separated_list(
                    parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False)
                )
            elif key == "form":
                form = parser.parse_identifier(" (narrow or wide)")
            else:
                values[key] = parser.parse_integer(allow_boolean=False)

        start = parser.pos
        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, entry)
        missing = [key for key in ("shift", "zero_point", "lo", "hi") if key not in values]
        if multiplier is None:
            missing.insert(0, "multiplier")
        if form is None:
            missing.append("form")
        if missing:
            parser.raise_error(f"#qnn.requant lacks {', '.join(missing)}", start, parser.pos)
        outside = [m for m in multiplier or () if not -(1 << 31) <= m < 1 << 31]
        if outside:
            parser.raise_error(f"multiplier {outside[0]} is over 32 bits", start, parser.pos)
        return RequantAttr.get(
            multiplier or (),
            values["shift"],
            values["zero_point"],
            values["lo"],
            values["hi"],
            form or "",
            values.get("acc_bits", 0),
        ).parameters

    def print_parameters(self, printer: Printer) -> None:
        listed = ", ".join(str(m) for m in self.multiplier.iter_values())
        with printer.in_angle_brackets():
            printer.print_string(
                f"multiplier = [{listed}], shift = {self.shift.data}, "
                f"zero_point = {self.zero_point.data}, lo = {self.lo.data}, hi = {self.hi.data}, "
                f"form = {self.form.data}"
            )
            if self.acc_bits.data:
                printer.print_string(f", acc_bits = {self.acc_bits.data}")
