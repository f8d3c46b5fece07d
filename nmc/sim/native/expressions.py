"""Translated lines of the engine (nmc.sim.translation) as instructions of LLVM.

The lines are Python over 64-bit numbers: assignments of expressions to local variables and to
places of a core's registers. What else the engine's operations may do (branch, take longer) has no
translation here.
"""

import ast
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir

from nmc.sim import layout
from nmc.sim.jit import DOT_NAMES, emit_dot
from nmc.sim.native.registers import ACCUMULATORS, I64, LANES, VECTOR, Registers
from nmc.sim.translation import COMPARISONS

I32 = ir.IntType(32)

_FUNCTIONS = ("min", "max", "abs", "clz", "ctz", "popcount", "int64", *DOT_NAMES)


class Untranslatable(Exception):
    """A line that has no translation."""


@dataclass
class Scope:
    """What the names in a line stand for; registers by their place beside each other."""

    names: MutableMapping[str, Any]
    registers: Registers
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
    statements = list(_parsed(tuple(lines)))
    while statements:
        if accumulated := _accumulated(statements[:LANES]):
            scope.registers.vector = _Vectors(builder, scope).value(accumulated)
            del statements[:LANES]
            continue
        line = statements.pop(0)
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


def _accumulated(lines: list[ast.stmt]) -> list[ast.expr]:
    """What is assigned to all accumulators, one behind the other, if it has one shape for all."""
    targets: list[int | None] = []
    values: list[ast.expr] = []
    for line in lines:
        match line:
            case ast.Assign([ast.Subscript() as target], value):
                targets.append(_register(target, 0))
                values.append(value)
            case _:
                return []
    alike = targets == list(ACCUMULATORS) and all(_alike(values[0], each) for each in values)
    return values if alike else []


def _alike(a: ast.AST, b: ast.AST) -> bool:
    """Whether two expressions differ in constants alone."""
    if type(a) is not type(b):
        return False
    if isinstance(a, ast.Name):
        return isinstance(b, ast.Name) and a.id == b.id
    pairs = zip(ast.iter_child_nodes(a), ast.iter_child_nodes(b), strict=True)
    return all(_alike(x, y) for x, y in pairs)


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
                return _binary(builder, op, self.value(left), self.value(right))
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
                symbol = COMPARISONS[type(op)]
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


class _Vectors:
    """Expressions of one shape, one for each lane of a vector."""

    def __init__(self, builder: Any, scope: Scope):
        self.builder = builder
        self.scope = scope

    def value(self, nodes: Sequence[ast.expr]) -> Any:
        binary = [node for node in nodes if isinstance(node, ast.BinOp)]
        elements = [node for node in nodes if isinstance(node, ast.Subscript)]
        if len(binary) == LANES:
            left = self.value([node.left for node in binary])
            right = self.value([node.right for node in binary])
            return _binary(self.builder, binary[0].op, left, right)
        if [_register(node, self.scope.d) for node in elements] == list(ACCUMULATORS):
            return self.scope.registers.vector
        if all(isinstance(node, ast.Constant) for node in nodes):
            return ir.Constant(VECTOR, [ast.literal_eval(node) for node in nodes])
        vector = ir.Constant(VECTOR, None)
        for lane, node in enumerate(nodes):
            value = _Expressions(self.builder, self.scope).value(node)
            vector = self.builder.insert_element(vector, value, ir.Constant(I32, lane))
        return vector


def _binary(builder: Any, op: ast.operator, a: Any, b: Any) -> Any:
    emitters: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
        ast.Add: builder.add,
        ast.Sub: builder.sub,
        ast.Mult: builder.mul,
        ast.LShift: builder.shl,
        ast.RShift: builder.ashr,
        ast.BitAnd: builder.and_,
        ast.BitOr: builder.or_,
        ast.BitXor: builder.xor,
    }
    if type(op) not in emitters:
        raise Untranslatable(type(op).__name__)
    return emitters[type(op)](a, b)


def _argument(node: ast.expr) -> ast.expr:
    """`x` of `uint64(x)`."""
    match node:
        case ast.Call(ast.Name("uint64"), [x]):
            return x
        case _:
            raise Untranslatable(ast.unparse(node))
