"""Takes the semantics of a table row apart into statements."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Assignment:
    """`name = value` of a row's semantics."""

    name: str
    value: ast.expr


@dataclass(frozen=True)
class MemoryWrite:
    """`M8[address] = value`."""

    bits: int
    address: ast.expr
    value: ast.expr


def parse_semantics(text: str) -> list[Assignment | MemoryWrite]:
    """The statements of a row, in order; ValueError if it is not of these two forms."""
    statements: list[Assignment | MemoryWrite] = []
    for part in ast.parse(text.replace("; ", "\n")).body:
        match part:
            case ast.Assign([ast.Name(name)], value):
                statements.append(Assignment(name, value))
            case ast.Assign([ast.Subscript(ast.Name(memory), address)], value):
                statements.append(MemoryWrite(int(memory[1:]), address, value))
            case _:
                raise ValueError(f"not an assignment: {ast.unparse(part)}")
    return statements


def memory_reads(node: ast.AST) -> list[ast.Call]:
    """The `M8(...)`, `M16(...)` and `M32(...)` calls in an expression."""
    return [
        call
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("M8", "M16", "M32")
    ]
