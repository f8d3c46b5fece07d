"""Memory spaces and the transfer token of the scheduled level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from xdsl.dialects.builtin import I8, MemRefType, NoneAttr, i8
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.ir.core import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum


class Space(StrEnum):
    """A memory of the machine, from the nearest to the cores to the farthest."""

    L1 = "l1"
    L2 = "l2"
    L3 = "l3"


@irdl_attr_definition
class SpaceAttr(Data[Space]):
    """The memory space of a buffer: `#cluster.space<l1>`."""

    name = "cluster.space"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Space:
        """Parse `<l1>`, `<l2>` or `<l3>`."""
        with parser.in_angle_brackets():
            return parser.parse_str_enum(Space)

    def print_parameter(self, printer: Printer) -> None:
        """Print `<l1>`, `<l2>` or `<l3>`."""
        with printer.in_angle_brackets():
            printer.print_string(self.data.value)


@irdl_attr_definition
class TokenType(ParametrizedAttribute, TypeAttribute):
    """A transfer under way: made by `cluster.dma_start`, consumed by `cluster.dma_wait`."""

    name = "cluster.token"


BufferType: TypeAlias = MemRefType[I8]


def buffer_type(size: int, space: Space) -> BufferType:
    """The type of a flat buffer of `size` bytes: `memref<Nxi8, #cluster.space<..>>`."""
    return MemRefType(i8, [size], NoneAttr(), SpaceAttr(space))


def is_buffer_type(attribute: Attribute, spaces: Sequence[Space] = tuple(Space)) -> bool:
    """Whether the type is a flat byte buffer in one of the spaces."""
    if not isinstance(attribute, MemRefType):
        return False
    buffer = cast("MemRefType[Any]", attribute)
    return (
        buffer.element_type == i8
        and buffer.get_num_dims() == 1
        and buffer.get_shape()[0] >= 0
        and isinstance(buffer.memory_space, SpaceAttr)
        and buffer.memory_space.data in spaces
    )


def space_of(attribute: Attribute) -> Space:
    """The memory space of a buffer type; a VerifyException where the type is no buffer."""
    if isinstance(attribute, MemRefType) and isinstance(attribute.memory_space, SpaceAttr):
        return attribute.memory_space.data
    raise VerifyException(f"expected memref<Nxi8, #cluster.space<..>>, got {attribute}")


def size_of(attribute: Attribute) -> int:
    """Bytes of a buffer type; a VerifyException where the type is no buffer."""
    if isinstance(attribute, MemRefType) and attribute.get_num_dims() == 1:
        return attribute.get_shape()[0]
    raise VerifyException(f"expected memref<Nxi8, #cluster.space<..>>, got {attribute}")


def check_buffer(attribute: Attribute, spaces: Sequence[Space], what: str) -> None:
    """Raise a VerifyException unless the type is a flat byte buffer in one of the spaces."""
    if not is_buffer_type(attribute, spaces):
        names = " or ".join(spaces)
        raise VerifyException(f"{what} must be memref<Nxi8, #cluster.space<{names}>>")
