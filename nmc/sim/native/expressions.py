"""Translated lines of the engine (nmc.sim.translation) as instructions of LLVM.

The lines are Python over 64-bit numbers: assignments of expressions to local variables and to
places of a core's registers. What else the engine's operations may do (branch, take longer) has no
translation here.
"""

import ast
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir

from nmc.sim import layout
from nmc.sim.jit import DOT_NAMES, emit_dot

I64 = ir.IntType(64)
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FUNCTIONS = ("min", "max", "abs", "clz", "ctz", "popcount", "int64", *DOT_NAMES)


class Untranslatable(Exception):
    """A line that has no translation."""


@dataclass
class Scope:
    """What the names in a line stand for; registers by their place beside each other."""

    names: MutableMapping[str, Any]
    registers: MutableMapping[int, Any]
    d: int
    configuration: Callable[[int], Any]
    """Loads a number of the machine's configuration."""


@cache
def _parsed(lines: tuple[str, ...]) -> tuple[ast.stmt, ...]:
    return tuple(ast.parse("\n".join(lines)).body)


def is_straight(lines: Iterable[str]) -> bool:
    """Whether all lines can be translated."""
    statements = _parsed(tuple(lines))
    return all(isinstance(line, ast.Assign) for line in statements) and all(
        call.func.id in (*_FUNCTIONS, "u64", "uint64")
        for line in statements
        for call in ast.walk(line)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    )


def read_registers(lines: Iterable[str], d: int) -> set[int]:
    """Registers that the lines name, beside the operands."""
    return {
        place
        for line in _parsed(tuple(lines))
        for node in ast.walk(line)
        if isinstance(node, ast.Subscript) and (place := _register(node, d)) is not None
    }


def translate(builder: Any, lines: Iterable[str], scope: Scope) -> None:
    """Appends the lines' instructions; assigned names and registers change in `scope`."""
    for line in _parsed(tuple(lines)):
        match line:
            case ast.Assign([ast.Name(name)], value):
                scope.names[name] = _Expressions(builder, scope).value(value)
            case ast.Assign([ast.Subscript() as target], value):
                place = _register(target, scope.d)
                if place is None:
                    raise Untranslatable(ast.unparse(line))
                scope.registers[place] = _Expressions(builder, scope).value(value)
            case _:
                raise Untranslatable(ast.unparse(line))


def _register(node: ast.Subscript, d: int) -> int | None:
    """The register that `s[base + ...]` is."""
    match node.slice:
        case ast.BinOp(ast.Name("base"), ast.Add(), ast.Name("d")):
            return d
        case ast.BinOp(ast.Name("base"), ast.Add(), ast.Call(ast.Name("u64"), [place])):
            return _place(place)
        case _:
            return None


def _place(node: ast.expr) -> int:
    match node:
        case ast.Constant(int() as number):
            return number
        case ast.Name(name):
            return int(getattr(layout, name))
        case ast.BinOp(left, ast.Add(), right):
            return _place(left) + _place(right)
        case _:
            raise Untranslatable(ast.unparse(node))


class _Expressions:
    def __init__(self, builder: Any, scope: Scope):
        self.builder = builder
        self.scope = scope

    def value(self, node: ast.expr) -> Any:
        builder: Any = self.builder
        match node:
            case ast.Constant(int() as number):
                return ir.Constant(I64, number)
            case ast.Name(name):
                return self.scope.names[name]
            case ast.Subscript():
                return self._element(node)
            case ast.UnaryOp(ast.USub(), operand):
                return builder.neg(self.value(operand))
            case ast.UnaryOp(ast.Invert(), operand):
                return builder.not_(self.value(operand))
            case ast.BinOp(left, op, right):
                return self._binary(op, self.value(left), self.value(right))
            case ast.IfExp(test, body, orelse):
                return builder.select(self.condition(test), self.value(body), self.value(orelse))
            case ast.Call(ast.Name("int64"), [ast.BinOp(x, ast.RShift(), y)]):
                return builder.lshr(self.value(_argument(x)), self.value(_argument(y)))
            case ast.Call(ast.Name(name), arguments):
                return self._call(name, [self.value(each) for each in arguments])
            case _:
                raise Untranslatable(ast.unparse(node))

    def condition(self, node: ast.expr) -> Any:
        match node:
            case ast.Compare(left, [op], [right]):
                symbol = _COMPARISONS[type(op)]
                return self.builder.icmp_signed(symbol, self.value(left), self.value(right))
            case ast.BoolOp(ast.And(), [first, *others]):
                result = self.condition(first)
                for other in others:
                    result = self.builder.and_(result, self.condition(other))
                return result
            case _:
                raise Untranslatable(ast.unparse(node))

    def _element(self, node: ast.Subscript) -> Any:
        place = _register(node, self.scope.d)
        if place is not None:
            return self.scope.registers[place]
        return self.scope.configuration(_place(node.slice))

    def _binary(self, op: ast.operator, a: Any, b: Any) -> Any:
        emitters: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
            ast.Add: self.builder.add,
            ast.Sub: self.builder.sub,
            ast.Mult: self.builder.mul,
            ast.LShift: self.builder.shl,
            ast.RShift: self.builder.ashr,
            ast.BitAnd: self.builder.and_,
            ast.BitOr: self.builder.or_,
            ast.BitXor: self.builder.xor,
        }
        if type(op) not in emitters:
            raise Untranslatable(type(op).__name__)
        return emitters[type(op)](a, b)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        builder: Any = self.builder
        match name, arguments:
            case (("min" | "max"), [a, b]):
                symbol = "<" if name == "min" else ">"
                return builder.select(builder.icmp_signed(symbol, a, b), a, b)
            case "abs", [a]:
                negative = builder.icmp_signed("<", a, ir.Constant(I64, 0))
                return builder.select(negative, builder.neg(a), a)
            case "clz", [a]:
                zeros = builder.ctlz(a, ir.Constant(ir.IntType(1), 0))
                return builder.sub(zeros, ir.Constant(I64, 32))
            case "ctz", [a]:
                return builder.cttz(a, ir.Constant(ir.IntType(1), 1))
            case "popcount", [a]:
                return builder.ctpop(a)
            case _, [a, b] if name in DOT_NAMES:
                return emit_dot(builder, DOT_NAMES[name], a, b)
            case _:
                raise Untranslatable(name)


def _argument(node: ast.expr) -> ast.expr:
    """`x` of `uint64(x)`."""
    match node:
        case ast.Call(ast.Name("uint64"), [x]):
            return x
        case _:
            raise Untranslatable(ast.unparse(node))
