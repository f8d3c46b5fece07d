"""A call that takes the place of a tile operation."""

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.ir import SSAValue


@dataclass(frozen=True)
class KernelCall:
    """The function's name, the arguments at this place, and how to build the function."""

    name: str
    arguments: list[SSAValue]
    build: Callable[[], func.FuncOp]
