"""What the operations of the extension have in common: state that no operand shows."""

from abc import ABC
from typing import Literal, TypeAlias

from xdsl.dialects.builtin import IntegerType, Signedness

from nmc.dialects.xpulp.formats import XInstruction

UI3: TypeAlias = IntegerType[Literal[3], Literal[Signedness.UNSIGNED]]
ui3: UI3 = IntegerType(3, Signedness.UNSIGNED)


class HiddenState(XInstruction, ABC):
    """Reads or writes the gather counter or the accumulators: keeps its order among its kin."""
