"""The tensor encoding that says a tensor is N:M sparse, and how its non-zeros are stored."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntAttr, StringAttr, TensorType
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import numpy_from_dense
from nmc.numerics.pruning import first_violation

INDEX_KINDS = ("block", "delta")
"""`block`: position inside the block of m. `delta`: distance from the previous non-zero."""


def default_index_width(m: int) -> int:
    """Bits of an index in [0, m), rounded up to 2, 4, 8 or 16 so that it never straddles a byte."""
    bits = max(1, (m - 1).bit_length())
    return next(width for width in (2, 4, 8, 16) if width >= bits)


@irdl_attr_definition
class SparsityAttr(ParametrizedAttribute):
    """At most n non-zeros in every block of m consecutive elements along `axis`.

    ```
    tensor<64x3x3x64xi8, #nm.sparsity<1:8, axis = 3>>
    tensor<64x3x3x64xi8, #nm.sparsity<1:8, axis = 3, index = delta, width = 8, order = "quads">>
    ```

    Blocks begin at element 0 of the axis; the last is shorter when m does not divide it. The
    storage says how non-zeros are kept once they are packed, and means nothing for the value:

    * `index`: `block` (position inside the block, the default) or `delta` (distance from the
      previous non-zero of the row).
    * `width`: bits of one index; by default the smallest of 2, 4, 8, 16 that holds m - 1.
    * `order`: the name of the order in which values are stored; "natural" is by block.
    """

    name = "nm.sparsity"

    n: IntAttr
    m: IntAttr
    axis: IntAttr
    index: StringAttr
    width: IntAttr
    order: StringAttr

    @staticmethod
    def get(
        n: int,
        m: int,
        axis: int,
        *,
        index: str = "block",
        width: int | None = None,
        order: str = "natural",
    ) -> "SparsityAttr":
        """The encoding n:m along `axis`; storage defaults as the class says."""
        return SparsityAttr(
            IntAttr(n),
            IntAttr(m),
            IntAttr(axis),
            StringAttr(index),
            IntAttr(default_index_width(m) if width is None else width),
            StringAttr(order),
        )

    @property
    def pattern(self) -> tuple[int, int]:
        """(n, m)."""
        return self.n.data, self.m.data

    def with_storage(
        self, *, index: str | None = None, width: int | None = None, order: str | None = None
    ) -> "SparsityAttr":
        """The same pattern with another storage."""
        return SparsityAttr.get(
            self.n.data,
            self.m.data,
            self.axis.data,
            index=index or self.index.data,
            width=width or self.width.data,
            order=order or self.order.data,
        )

    def verify(self) -> None:
        n, m = self.pattern
        if m < 2 or not 1 <= n <= m:
            raise VerifyException(f"a sparsity pattern needs m >= 2 and 1 <= n <= m, not {n}:{m}")
        if self.axis.data < 0:
            raise VerifyException(f"the sparse axis must not be negative, got {self.axis.data}")
        if self.index.data not in INDEX_KINDS:
            raise VerifyException(f"index must be block or delta, not '{self.index.data}'")
        if self.width.data not in (2, 4, 8, 16):
            raise VerifyException(f"index width must be 2, 4, 8 or 16, not {self.width.data}")
        if self.index.data == "block" and m > 1 << self.width.data:
            raise VerifyException(
                f"a position in a block of {m} does not fit an index of {self.width.data} bits"
            )

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            n = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_punctuation(":")
            m = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_punctuation(",")
            parser.parse_characters("axis")
            parser.parse_punctuation("=")
            axis = parser.parse_integer(allow_boolean=False)
            index, width, order = "block", None, "natural"
            while parser.parse_optional_punctuation(",") is not None:
                position = parser.pos
                key = parser.parse_identifier(" (index, width or order)")
                parser.parse_punctuation("=")
                if key == "index":
                    index = parser.parse_identifier(" (block or delta)")
                elif key == "width":
                    width = parser.parse_integer(allow_boolean=False)
                elif key == "order":
                    order = parser.parse_str_literal()
                else:
                    parser.raise_error(
                        f"expected index, width or order, not '{key}'", position, parser.pos
                    )
        return SparsityAttr.get(n, m, axis, index=index, width=width, order=order).parameters

    def print_parameters(self, printer: Printer) -> None:
        n, m = self.pattern
        with printer.in_angle_brackets():
            printer.print_string(f"{n}:{m}, axis = {self.axis.data}")
            if self.index.data != "block":
                printer.print_string(f", index = {self.index.data}")
            if self.width.data != default_index_width(m):
                printer.print_string(f", width = {self.width.data}")
            if self.order.data != "natural":
                printer.print_string(f', order = "{self.order.data}"')


def sparsity_of(type: Attribute) -> SparsityAttr | None:
    """The N:M encoding of a tensor type, or None."""
    if isinstance(type, TensorType) and isinstance(type.encoding, SparsityAttr):
        return type.encoding
    return None


@lru_cache(maxsize=256)
def _violation(
    value: DenseIntOrFPElementsAttr[Any], n: int, m: int, axis: int
) -> tuple[int, ...] | None:
    """`first_violation`, remembered: the same constants are verified after every pass."""
    return first_violation(numpy_from_dense(value), n, m, axis)


def verify_encoded_type(type: TensorType[Any]) -> None:
    """Raise VerifyException when a tensor's encoding names an axis the tensor has not."""
    sparsity = sparsity_of(type)
    if sparsity is not None and sparsity.axis.data >= type.get_num_dims():
        raise VerifyException(
            f"the encoding blocks axis {sparsity.axis.data} of a tensor of rank "
            f"{type.get_num_dims()}"
        )


def verify_encoded_constant(value: DenseIntOrFPElementsAttr[Any], type: TensorType[Any]) -> None:
    """Raise VerifyException when `value` does not keep the N:M encoding of `type`.

    The message names the first element that is one non-zero too many.
    """
    sparsity = sparsity_of(type)
    if sparsity is None:
        return
    verify_encoded_type(type)
    (n, m), axis = sparsity.pattern, sparsity.axis.data
    place = _violation(value, n, m, axis)
    if place is None:
        return
    start = place[axis] // m * m
    end = min(start + m, type.get_shape()[axis])
    raise VerifyException(
        f"the constant breaks its {n}:{m} encoding along axis {axis}: element {list(place)} is "
        f"non-zero number {n + 1} or later of the block [{start}, {end})"
    )
