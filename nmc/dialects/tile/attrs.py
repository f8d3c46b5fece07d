"""Attributes of the tile dialect: window geometry and requantisation constants."""

from collections.abc import Sequence
from typing import Self, cast

from xdsl.dialects.builtin import IntAttr, StringAttr
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from nmc.numerics.requant import SHIFTS, Form
from nmc.numerics.window import Window


def _ints(parser: AttrParser) -> list[IntAttr]:
    values = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
    return [IntAttr(value) for value in values]


def _int(parser: AttrParser) -> list[IntAttr]:
    return [IntAttr(parser.parse_integer())]


@irdl_attr_definition
class WindowAttr(ParametrizedAttribute):
    """A sliding window over an HWC image.

        #tile.window<image = [32, 32], channels = 64, kernel = [3, 3], strides = [1, 1],
                     pads = [1, 1], dilations = [1, 1], out_width = 32>

    `pads` are top and left; bottom and right follow from the number of output pixels asked for.
    """

    name = "tile.window"
    height: IntAttr
    width: IntAttr
    channels: IntAttr
    kernel_y: IntAttr
    kernel_x: IntAttr
    stride_y: IntAttr
    stride_x: IntAttr
    pad_top: IntAttr
    pad_left: IntAttr
    dilation_y: IntAttr
    dilation_x: IntAttr
    out_width: IntAttr

    @classmethod
    def of(cls, window: Window) -> Self:
        """The attribute of a window."""
        values = (
            window.height,
            window.width,
            window.channels,
            *window.kernel,
            *window.stride,
            *window.pad,
            *window.dilation,
            window.out_width,
        )
        return cls(*(IntAttr(value) for value in values))

    @property
    def window(self) -> Window:
        """The window of the attribute."""
        return Window(
            self.height.data,
            self.width.data,
            self.channels.data,
            (self.kernel_y.data, self.kernel_x.data),
            (self.stride_y.data, self.stride_x.data),
            (self.pad_top.data, self.pad_left.data),
            (self.dilation_y.data, self.dilation_x.data),
            self.out_width.data,
        )

    def verify(self) -> None:
        positive = (
            self.height,
            self.width,
            self.channels,
            self.kernel_y,
            self.kernel_x,
            self.stride_y,
            self.stride_x,
            self.dilation_y,
            self.dilation_x,
            self.out_width,
        )
        if any(value.data < 1 for value in positive):
            raise VerifyException("tile.window: sizes, strides and dilations must be positive")
        if self.pad_top.data < 0 or self.pad_left.data < 0:
            raise VerifyException("tile.window: pads must not be negative")

    def print_parameters(self, printer: Printer) -> None:
        w = self.window
        with printer.in_angle_brackets():
            printer.print_string(
                f"image = [{w.height}, {w.width}], channels = {w.channels}, "
                f"kernel = [{w.kernel[0]}, {w.kernel[1]}], "
                f"strides = [{w.stride[0]}, {w.stride[1]}], pads = [{w.pad[0]}, {w.pad[1]}], "
                f"dilations = [{w.dilation[0]}, {w.dilation[1]}], out_width = {w.out_width}"
            )

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        values: list[IntAttr] = []
        fields = (
            ("image", 2),
            ("channels", 1),
            ("kernel", 2),
            ("strides", 2),
            ("pads", 2),
            ("dilations", 2),
            ("out_width", 1),
        )
        with parser.in_angle_brackets():
            for index, (name, length) in enumerate(fields):
                if index:
                    parser.parse_punctuation(",")
                parser.parse_keyword(name)
                parser.parse_punctuation("=")
                numbers = _ints(parser) if length == 2 else _int(parser)
                if len(numbers) != length:
                    parser.raise_error(f"tile.window: {name} takes {length} numbers")
                values += numbers
        return values


@irdl_attr_definition
class RequantAttr(ParametrizedAttribute):
    """The constants of a requantisation that are the same for every channel.

        #tile.requant<shift = 12, zero_point = -3, lo = -128, hi = 127, form = narrow,
                      acc_bits = 0>

    y = clamp(((sat(acc) * m + 2^(shift - 1)) >> shift) + zero_point, lo, hi) over unbounded
    integers, where sat clamps to `acc_bits` signed bits (0: not at all). `narrow` promises that
    sat(acc) * m + (zero_point << shift) + 2^(shift - 1) stays in 32 bits; `wide` takes the high
    half of the product, and below a shift of 33 moves sat(acc) up first. With `clamped` the packed
    weights of a channel hold constants that give the same bits (`nmc.numerics.clamp`): their bias
    starts an accumulator, y = (clip(acc, -bound - 1, bound) * m + offset + 2^(shift - 1)) >> shift.
    """

    name = "tile.requant"
    shift: IntAttr
    zero_point: IntAttr
    lo: IntAttr
    hi: IntAttr
    form: StringAttr
    acc_bits: IntAttr

    @classmethod
    def of(
        cls, shift: int, zero_point: int, lo: int, hi: int, form: Form = "narrow", acc_bits: int = 0
    ) -> Self:
        """The attribute of plain numbers."""
        return cls(
            IntAttr(shift),
            IntAttr(zero_point),
            IntAttr(lo),
            IntAttr(hi),
            StringAttr(form),
            IntAttr(acc_bits),
        )

    @property
    def kind(self) -> Form:
        """The form as a plain string."""
        return cast(Form, self.form.data)

    def verify(self) -> None:
        allowed = SHIFTS.get(self.form.data)
        if allowed is None:
            raise VerifyException(
                f"tile.requant: form is narrow, clamped or wide, not {self.form.data}"
            )
        if self.shift.data not in allowed:
            raise VerifyException(
                f"tile.requant: a {self.form.data} shift lies in "
                f"[{allowed.start}, {allowed.stop}), got {self.shift.data}"
            )
        if not -128 <= self.lo.data <= self.hi.data <= 255:
            raise VerifyException("tile.requant: bounds are not those of int8 or uint8")
        if self.lo.data < 0 and self.hi.data > 127:
            raise VerifyException("tile.requant: bounds fit neither int8 nor uint8")
        if not 0 <= self.acc_bits.data < 32:
            raise VerifyException("tile.requant: acc_bits lies in [0, 32)")

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(
                f"shift = {self.shift.data}, zero_point = {self.zero_point.data}, "
                f"lo = {self.lo.data}, hi = {self.hi.data}, form = {self.form.data}, "
                f"acc_bits = {self.acc_bits.data}"
            )

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        values: list[Attribute] = []
        with parser.in_angle_brackets():
            for name in ("shift", "zero_point", "lo", "hi", "form", "acc_bits"):
                if values:
                    parser.parse_punctuation(",")
                parser.parse_keyword(name)
                parser.parse_punctuation("=")
                if name == "form":
                    values.append(StringAttr(parser.parse_identifier()))
                else:
                    values += _int(parser)
        return values
