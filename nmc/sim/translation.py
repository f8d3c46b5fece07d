"""Translates the table's semantics, Python over unbounded integers, into int64 machine arithmetic.

Every sub-expression carries an interval of the values it can take. An expression is *exact* if its
int64 value is the unbounded one; otherwise only its low 32 bits are right, which additions,
products, shifts to the left and bit operations preserve. Where exactness is needed (comparisons,
shifts to the right, ...) and cannot be shown, translation fails rather than guess.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

_LANES = {"B": 4, "H": 2}
INT64_MAX = (1 << 63) - 1
WORD = (1 << 32) - 1


COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


class TranslationError(Exception):
    """The semantics of a row cannot be carried out exactly in 64 bits."""


@dataclass(frozen=True)
class Value:
    """Code of an expression, the interval it lies in, and whether int64 holds it exactly."""

    code: str
    low: int
    high: int
    exact: bool = True

    @property
    def is_word(self) -> bool:
        """A 32-bit unsigned word."""
        return self.exact and self.low >= 0 and self.high <= WORD


def constant(value: int) -> Value:
    """A literal."""
    return Value(str(value), value, value)


def word(code: str) -> Value:
    """A register's value."""
    return Value(code, 0, WORD)


def _ranged(code: str, low: int, high: int, exact: bool = True) -> Value:
    fits = low >= -INT64_MAX - 1 and high <= INT64_MAX
    return Value(code, low, high, exact and fits)


def _need(value: Value) -> Value:
    if not value.exact:
        raise TranslationError(f"{value.code} is not exact")
    return value


class Translator:
    """Translates expressions over `names`; memory reads give `loaded`."""

    def __init__(self, names: Mapping[str, Value], loaded: Value | None = None):
        self.names = dict(names)
        self.loaded = loaded

    def truncated(self, node: ast.expr) -> str:
        """Code of the expression's low 32 bits."""
        value = self.expression(node)
        return value.code if value.is_word else f"({value.code} & 4294967295)"

    def condition(self, node: ast.expr) -> str:
        """Code of a truth value."""
        match node:
            case ast.Compare(left, [op], [right]):
                symbol = COMPARISONS[type(op)]
                a, b = _need(self.expression(left)), _need(self.expression(right))
                return f"({a.code} {symbol} {b.code})"
            case ast.BoolOp(ast.And(), values):
                return "(" + " and ".join(self.condition(v) for v in values) + ")"
            case _:
                return f"({_need(self.expression(node)).code} != 0)"

    def expression(self, node: ast.expr) -> Value:
        """The translated expression."""
        match node:
            case ast.Constant(int() as value):
                return constant(value)
            case ast.Name(name):
                return self.names[name]
            case ast.UnaryOp(op, operand):
                return self._unary(op, self.expression(operand))
            case ast.BinOp(left, op, right):
                return self._binary(op, self.expression(left), self.expression(right))
            case ast.IfExp(test, body, orelse):
                a, b = self.expression(body), self.expression(orelse)
                code = f"({a.code} if {self.condition(test)} else {b.code})"
                return Value(code, min(a.low, b.low), max(a.high, b.high), a.exact and b.exact)
            case ast.Call(ast.Name(name), args):
                return self._call(name, args)
            case _:
                raise TranslationError(ast.unparse(node))

    def _unary(self, op: ast.unaryop, a: Value) -> Value:
        match op:
            case ast.USub():
                return _ranged(f"(-{a.code})", -a.high, -a.low, a.exact)
            case ast.Invert():
                return _ranged(f"(~{a.code})", -a.high - 1, -a.low - 1, a.exact)
            case _:
                raise TranslationError(type(op).__name__)

    def _binary(self, op: ast.operator, a: Value, b: Value) -> Value:
        both = a.exact and b.exact
        match op:
            case ast.Add():
                return _ranged(f"({a.code} + {b.code})", a.low + b.low, a.high + b.high, both)
            case ast.Sub():
                return _ranged(f"({a.code} - {b.code})", a.low - b.high, a.high - b.low, both)
            case ast.Mult():
                ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
                return _ranged(f"({a.code} * {b.code})", min(ends), max(ends), both)
            case ast.LShift():
                _check_count(b)
                ends = [x << y for x in (a.low, a.high) for y in (b.low, b.high)]
                return _ranged(f"({a.code} << {b.code})", min(ends), max(ends), both)
            case ast.RShift():
                return _shift_right(a, b)
            case ast.BitAnd():
                return _bit_and(a, b)
            case ast.BitOr():
                return _bit_or(a, b, "|")
            case ast.BitXor():
                return _bit_or(a, b, "^")
            case _:
                raise TranslationError(type(op).__name__)

    def _call(self, name: str, args: list[ast.expr]) -> Value:
        match name, args:
            case ("zx", [x, n]):
                return _zero_extend(self.expression(x), self.expression(n))
            case ("sx", [x, n]):
                return _sign_extend(self.expression(x), self.expression(n))
            case (("B" | "H" | "Bs" | "Hs"), [x, lane]):
                return self._lane(name, self.expression(x), self.expression(lane))
            case (("v8" | "v16"), [items]):
                bits = int(name[1:])
                lanes = [_zero_extend(v, constant(bits)) for v in self._items(items)]
                parts = [f"({v.code} << {bits * i})" for i, v in enumerate(lanes)]
                return word("(" + " | ".join(parts) + ")")
            case ("sum", [items]):
                total = constant(0)
                for i, item in enumerate(self._items(items)):
                    total = item if i == 0 else self._binary(ast.Add(), total, item)
                return self._dot(items, total) or total
            case (("min" | "max"), [x, y]):
                a, b = _need(self.expression(x)), _need(self.expression(y))
                pick = min if name == "min" else max
                code = f"{name}({a.code}, {b.code})"
                return Value(code, pick(a.low, b.low), pick(a.high, b.high))
            case ("clamp", [x, low, high]):
                v, lo, hi = (_need(self.expression(e)) for e in (x, low, high))
                return Value(f"max({lo.code}, min({v.code}, {hi.code}))", lo.low, hi.high)
            case ("abs", [x]):
                v = _need(self.expression(x))
                return Value(f"abs({v.code})", 0, max(abs(v.low), abs(v.high)))
            case (("clz" | "ctz" | "popcount"), [x]):
                v = self.expression(x)
                if not v.is_word:
                    raise TranslationError(f"{name} of more than a word")
                return Value(f"{name}({v.code})", 0, 32)
            case (("quot" | "remd"), [x, y]):
                a, b = _need(self.expression(x)), _need(self.expression(y))
                limit = max(abs(a.low), abs(a.high))
                return Value(f"{name}({a.code}, {b.code})", -limit, limit)
            case ("bitrev_groups", [x, g]):
                return word(f"bitrev_groups({self.expression(x).code}, {self.expression(g).code})")
            case (("M8" | "M16" | "M32"), [_]):
                if self.loaded is None:
                    raise TranslationError("memory read")
                return self.loaded
            case _:
                raise TranslationError(f"{name} of {len(args)}")

    def _dot(self, items: ast.expr, total: Value) -> Value | None:
        """The same as `total`, the translated sum, if it is one of products of lanes."""
        match items:
            case ast.GeneratorExp(
                ast.BinOp(
                    ast.Call(ast.Name(("B" | "Bs" | "H" | "Hs") as f), [x, ast.Name(i)]),
                    ast.Mult(),
                    ast.Call(ast.Name(("B" | "Bs" | "H" | "Hs") as g), [y, ast.Name(j)]),
                ),
                [ast.comprehension(ast.Name(k), ast.Call(_, [ast.Constant(int() as n)]))],
            ) if i == j == k and f[0] == g[0] and n == _LANES[f[0]]:
                a, b = self.expression(x), self.expression(y)
                if not (a.is_word and b.is_word):
                    return None
                signs = "".join("s" if name.endswith("s") else "u" for name in (f, g))
                code = f"dot_{signs}{32 // n}({a.code}, {b.code})"
                return Value(code, total.low, total.high, exact=n == 4)
            case _:
                return None

    def _lane(self, name: str, x: Value, lane: Value) -> Value:
        bits = 8 if name[0] == "B" else 16
        if name.endswith("s") and lane.low == lane.high:
            # One way for all lanes, so that LLVM finds vectors.
            half = 1 << (bits - 1)
            count = 64 - bits - bits * lane.low
            return Value(f"(({x.code} << {count}) >> {64 - bits})", -half, half - 1)
        count = self._binary(ast.Mult(), lane, constant(bits))
        shifted = x if count.code == "(0 * 8)" or lane.high == 0 else _shift_right(x, count)
        extend = _sign_extend if name.endswith("s") else _zero_extend
        return extend(shifted, constant(bits))

    def _items(self, node: ast.expr) -> list[Value]:
        match node:
            case ast.GeneratorExp(
                element,
                [ast.comprehension(ast.Name(name), ast.Call(_, [ast.Constant(int() as n)]))],
            ):
                values = [constant(i) for i in range(n)]
            case ast.GeneratorExp(element, [ast.comprehension(ast.Name(name), ast.Tuple(items))]):
                values = [self.expression(item) for item in items]
            case _:
                raise TranslationError(ast.unparse(node))
        return [
            Translator({**self.names, name: v}, self.loaded).expression(element) for v in values
        ]


def _check_count(count: Value) -> None:
    if not (count.exact and count.low >= 0 and count.high <= 63):
        raise TranslationError(f"shift count {count.code}")


def _shift_right(a: Value, count: Value) -> Value:
    _check_count(count)
    if not a.exact and a.low >= 0 and a.high < 1 << 64:
        # The product of two unsigned words needs all 64 bits.
        code = f"int64(uint64({a.code}) >> uint64({count.code}))"
        return Value(code, a.low >> count.high, a.high >> count.low, a.high >> count.low < 1 << 63)
    _need(a)
    ends = [x >> y for x in (a.low, a.high) for y in (count.low, count.high)]
    return Value(f"({a.code} >> {count.code})", min(ends), max(ends))


def _bit_and(a: Value, b: Value) -> Value:
    code = f"({a.code} & {b.code})"
    masks = [v.high for v in (a, b) if v.is_word]
    if masks:
        return Value(code, 0, min(masks))
    size = max(_bits(a), _bits(b))
    return _ranged(code, -1 << size, (1 << size) - 1, a.exact and b.exact)


def _bit_or(a: Value, b: Value, symbol: str) -> Value:
    code = f"({a.code} {symbol} {b.code})"
    size = max(_bits(a), _bits(b))
    low = 0 if a.low >= 0 and b.low >= 0 else -1 << size
    return _ranged(code, low, (1 << size) - 1, a.exact and b.exact)


def _bits(value: Value) -> int:
    return max(value.high.bit_length(), (~value.low if value.low < 0 else 0).bit_length())


def _zero_extend(x: Value, bits: Value) -> Value:
    if not (bits.low >= 0 and bits.high <= 32):
        raise TranslationError(f"zero extension from {bits.code}")
    top = (1 << bits.high) - 1
    if bits.low != bits.high:
        return Value(f"({x.code} & ((1 << {bits.code}) - 1))", 0, top)
    if x.exact and x.low >= 0 and x.high <= top:
        return x
    return Value(f"({x.code} & {top})", 0, top)


def _sign_extend(x: Value, bits: Value) -> Value:
    if not (bits.low >= 1 and bits.high <= 32):
        raise TranslationError(f"sign extension from {bits.code}")
    half = 1 << (bits.high - 1)
    count = str(64 - bits.high) if bits.low == bits.high else f"(64 - {bits.code})"
    return Value(f"(({x.code} << {count}) >> {count})", -half, half - 1)
