"""The table's semantics column as Python functions.

A row becomes a function of a core and the operands that returns the values it writes, in the order
of its assignments. Memory accesses become `yield`s: what they give back is what was read.

    rd = sx(M16(rs1 + imm), 16)

    def row(core, operands):
        rs1 = core.registers[operands["rs1"]]
        imm = operands["imm"]
        new_rd = sx((yield (2, rs1 + imm)), 16)
        return (new_rd,)
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from nmc.isa.table import STATE_NAMES, Instruction
from nmc.sim.oracle.notation import FUNCTIONS

LOOP_REGISTERS = ("lpstart", "lpend", "lpcount")
"""Lists of two; the only names that semantics write in place."""

_BYTES = {"M8": 1, "M16": 2, "M32": 4}


@dataclass(frozen=True)
class Semantics:
    """What a row does."""

    run: Callable[[Any, dict[str, int]], Any]
    """Returns the values written. With `accesses` a generator: it yields (bytes, address) to read
    and (bytes, address, value) to write."""
    writes: tuple[str, ...]
    """Names of the values: register fields, state of the core, or `npc`, whose value is None where
    the row goes on behind itself."""
    accesses: bool


@cache
def semantics(row: Instruction) -> Semantics | None:
    """The row's semantics, None if they are only described."""
    if "#" in row.semantics or "csr[" in row.semantics:
        return None
    rewriter = _Rewriter()
    body = [rewriter.visit(part) for part in ast.parse(row.semantics.replace("; ", "\n")).body]
    kept = {name for name in rewriter.assigned if _is_kept(name, row)}
    writes = tuple(name for name in rewriter.assigned if name in kept)
    body = [_Renamer(kept).visit(part) for part in body]
    lines = ["def row(core, operands):", *_prologue(row, rewriter.read)]
    lines += [ast.unparse(ast.fix_missing_locations(part)) for part in body]
    lines += [f"return ({''.join(f'new_{name}, ' for name in writes)})"]
    names = dict(FUNCTIONS)
    exec("\n    ".join(lines), names)
    return Semantics(names["row"], writes, rewriter.accesses)


def _is_kept(name: str, row: Instruction) -> bool:
    """Whether an assignment is a result; others are local to the row."""
    field = row.field_map.get(name)
    return name == "npc" or name in STATE_NAMES or (field is not None and field.is_register)


def _prologue(row: Instruction, read: set[str]) -> list[str]:
    """Gives the names that the row reads their values before the instruction."""
    lines: list[str] = []
    for name in sorted(read):
        field = row.field_map.get(name)
        if field is not None:
            value = f'operands["{name}"]'
            lines.append(f"{name} = core.registers[{value}]" if field.is_register else "")
            lines[-1] = lines[-1] or f"{name} = {value}"
        elif name in STATE_NAMES:
            lines.append(f'{name} = core.state["{name}"]')
        elif name == "pc" or name in LOOP_REGISTERS:
            lines.append(f"{name} = core.{name}")
    return lines


class _Rewriter(ast.NodeTransformer):
    """Turns memory accesses into yields, and branches not taken into None."""

    def __init__(self) -> None:
        self.assigned: dict[str, None] = {}
        """Names assigned to, in order."""
        self.read: set[str] = set()
        self.accesses = False

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Load):
            self.read.add(node.id)
        else:
            self.assigned[node.id] = None
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node.func:
            case ast.Name(memory) if memory in _BYTES:
                return self.access(memory, self.visit(node.args[0]))
            case _:
                self.generic_visit(node)
                return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        match node.targets[0], node.value:
            case ast.Subscript(ast.Name(memory), address), value if memory in _BYTES:
                return ast.Expr(self.access(memory, self.visit(address), self.visit(value)))
            case ast.Name("npc"), ast.IfExp(orelse=ast.BinOp(ast.Name("pc"))) as choice:
                # `pc + off if ... else pc + 4`: a branch to the next instruction is taken, too.
                choice.orelse = ast.Constant(None)
            case _:
                pass
        self.generic_visit(node)
        return node

    def access(self, memory: str, *rest: ast.expr) -> ast.Yield:
        self.accesses = True
        return ast.Yield(ast.Tuple([ast.Constant(_BYTES[memory]), *rest], ast.Load()))


class _Renamer(ast.NodeTransformer):
    """Keeps what is written apart from what is read: `rd = rd + 1` becomes `new_rd = rd + 1`."""

    def __init__(self, kept: set[str]) -> None:
        self.kept = kept

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Store) and node.id in self.kept:
            return ast.Name(f"new_{node.id}", ast.Store())
        return node
