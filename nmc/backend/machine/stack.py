"""Stack use: the frame of each function and the deepest chain of calls."""

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp

from nmc.errors import NmcError

from .slots import FRAME_BYTES


def frame_bytes(function: riscv_func.FuncOp) -> int:
    """Bytes a function takes from the stack, as `insert-prologue-epilogue` recorded it."""
    attribute = function.attributes.get(FRAME_BYTES)
    return attribute.value.data if isinstance(attribute, IntegerAttr) else 0


def worst_stack_bytes(module: ModuleOp, entry: str | None = None) -> int:
    """Bytes of stack the deepest chain of calls needs, from `entry` or from any function.

    NmcError if functions call each other in a circle.
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, riscv_func.FuncOp)}
    callees = {
        name: {
            op.callee.string_value() for op in function.walk() if isinstance(op, riscv_func.CallOp)
        }
        for name, function in functions.items()
    }
    depth: dict[str, int] = {}
    path: list[str] = []

    def visit(name: str) -> int:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise NmcError(f"functions call each other in a circle ({circle}): no stack bound")
        if name not in depth and name in functions:
            path.append(name)
            below = max((visit(callee) for callee in sorted(callees[name])), default=0)
            path.pop()
            depth[name] = frame_bytes(functions[name]) + below
        return depth.get(name, 0)

    starts = functions if entry is None else [entry]
    return max((visit(name) for name in starts), default=0)
