"""Multiples of the sums of rows of bytes."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.signature import number, sign_name
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8


def row_starts_name(depth: int, pitch: int, factor: int, unsigned: bool) -> str:
    """The name of the function for these constants."""
    return f"row_starts_{depth}_{pitch}_{number(factor)}_{sign_name(unsigned)}"


def build_row_starts(depth: int, pitch: int, factor: int, unsigned: bool) -> func.FuncOp:
    """`row_starts_..(src, dst, rows)`, a word at a time."""

    def body(e: Emitter, src: SSAValue, dst: SSAValue, rows: SSAValue) -> None:
        ones = e.splat(1, S8X4)

        def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            value, at = e.load_next(state[1], bytes4(unsigned), 4)
            return e.dot(state[0], value, ones), at

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, dst = state
            total, at = e.loop(depth // 4, [e.const(0), src], word)
            for offset in range(depth % 4):
                total = e.add(total, e.load(at, ui8 if unsigned else i8, offset))
            e.store(e.mul(total, factor), dst, i32)
            return e.add(at, pitch - depth // 4 * 4), e.add(dst, 4)

        e.loop(rows, [src, dst], row)

    name = row_starts_name(depth, pitch, factor, unsigned)
    return kernel_function(name, ("src", "dst", "rows"), body)
