"""Numbers and symbols in operands and directives: `42`, `buffer + 8`, `end - start`, `%hi(table)`.

At most one symbol is added and one subtracted; `.` is the address of the statement itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*([+-]|0[xX][0-9a-fA-F]+|0[bB][01]+|\d+|[A-Za-z_.$][\w.$]*)")
_PART = re.compile(r"^%(hi|lo)\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that depends on symbols."""

    symbol: str | None
    minus: str | None = None
    addend: int = 0
    part: str = ""
    """`hi`: bits 31:12, rounded so that adding the signed low part gives the value; `lo`: that low
    part; empty: the value itself."""

    def evaluate(self, address_of: Callable[[str], int]) -> int:
        """The value, with symbols resolved by `address_of`."""
        value = self.addend
        if self.symbol is not None:
            value += address_of(self.symbol)
        if self.minus is not None:
            value -= address_of(self.minus)
        if self.part == "hi":
            return (value + 0x800) & 0xFFFFF000
        if self.part == "lo":
            return ((value + 0x800) & 0xFFF) - 0x800
        return value

    def __str__(self) -> str:
        text = self.symbol or ""
        if self.minus is not None:
            text += f"-{self.minus}"
        if self.addend or not text:
            text += f"{self.addend:+d}" if text else str(self.addend)
        return f"%{self.part}({text})" if self.part else text


Value = int | Expression


def parse_expression(text: str) -> Value | None:
    """The value of a text: a number if it has no symbols, None if it is not an expression."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    text = text.strip()
    if found := _PART.match(text):
        inner = parse_expression(found[2])
        if inner is None:
            return None
        if isinstance(inner, int):
            return Expression(None, None, inner, found[1]).evaluate(_no_symbol)
        return Expression(inner.symbol, inner.minus, inner.addend, found[1])
    return _parse_sum(text)


def _parse_sum(text: str) -> Value | None:
    symbols: dict[int, str] = {}
    addend, sign, position, expect_term = 0, 1, 0, True
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            return None
        token, position = found[1], found.end()
        if token in "+-":
            # A sign in front of a term multiplies, one behind a term starts the next.
            sign = (sign if expect_term else 1) * (-1 if token == "-" else 1)
            expect_term = True
        elif not expect_term:
            return None
        else:
            if token[0].isdigit():
                addend += sign * int(token, 0)
            elif sign in symbols:
                return None
            else:
                symbols[sign] = token
            sign, expect_term = 1, False
    if expect_term:
        return None
    return Expression(symbols.get(1), symbols.get(-1), addend) if symbols else addend


def _no_symbol(name: str) -> int:
    raise KeyError(name)
