"""The assembler's directives."""

import re
from collections.abc import Callable

from nmc.backend.asm.expressions import Value, parse_expression
from nmc.backend.asm.statements import (
    Align,
    Ascii,
    Assign,
    Data,
    Global,
    Option,
    Section,
    Statement,
    SymbolSize,
    SymbolType,
    Values,
    Zero,
)
from nmc.backend.asm.stock_insn import parse_insn
from nmc.errors import NmcError

_COMMA = re.compile(r"\s*,\s*")
_STANDARD_FLAGS = {".text": "ax", ".data": "aw", ".bss": "aw", ".rodata": "a"}
_KINDS = {"@function": "function", "@object": "object"}


def parse_directive(name: str, rest: str) -> list[Statement]:
    """The statement a directive makes; NmcError if it is unknown or its operands are wrong."""
    if name == ".ascii":
        return [_ascii(rest)]
    handler = _HANDLERS.get(name)
    if handler is None:
        raise NmcError(f"unknown directive {name}")
    return handler(name, _COMMA.split(rest) if rest else [])


def _section(name: str, operands: list[str]) -> list[Statement]:
    if name != ".section":
        _expect(not operands, f"{name} takes no operands")
        return [Section(name, _STANDARD_FLAGS[name], name == ".bss")]
    _expect(1 <= len(operands) <= 3, ".section takes a name, flags and a type")
    section = operands[0]
    flags = _flags(operands[1]) if len(operands) > 1 else _STANDARD_FLAGS.get(section, "")
    kind = operands[2] if len(operands) > 2 else "@progbits"
    _expect(kind in ("@progbits", "@nobits"), f"unknown section type {kind}")
    return [Section(section, flags, kind == "@nobits" or section == ".bss")]


def _flags(text: str) -> str:
    flags = text[1:-1]
    valid = len(text) >= 2 and text[0] == text[-1] == '"' and set(flags) <= set("awx")
    _expect(valid, f"section flags {text} are not a string of a, w and x")
    return flags


def _global(_: str, operands: list[str]) -> list[Statement]:
    return [Global(name) for name in operands]


def _local(_: str, operands: list[str]) -> list[Statement]:
    # Symbols are local unless they are made global.
    _expect(bool(operands), ".local takes symbols")
    return []


def _type(_: str, operands: list[str]) -> list[Statement]:
    _expect(len(operands) == 2, ".type takes a symbol and a type")
    _expect(operands[1] in _KINDS, f"unknown symbol type {operands[1]}")
    return [SymbolType(operands[0], _KINDS[operands[1]])]


def _size(_: str, operands: list[str]) -> list[Statement]:
    _expect(len(operands) == 2, ".size takes a symbol and an expression")
    return [SymbolSize(operands[0], _value(operands[1]))]


def _assign(name: str, operands: list[str]) -> list[Statement]:
    _expect(len(operands) == 2, f"{name} takes a symbol and an expression")
    return [Assign(operands[0], _value(operands[1]))]


def _data(name: str, operands: list[str]) -> list[Statement]:
    size = {".word": 4, ".half": 2, ".byte": 1}[name]
    _expect(bool(operands), f"{name} takes values")
    values = [_value(text) for text in operands]
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < len(values):
        return [Values(size, tuple(values))]
    return [Data(b"".join(data_bytes(number, size) for number in numbers))]


def data_bytes(value: int, size: int) -> bytes:
    """`value`, signed or unsigned, as `size` little-endian bytes; NmcError if it does not fit."""
    _expect(-(1 << (8 * size - 1)) <= value < 1 << (8 * size), f"{value} needs over {size} bytes")
    return (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


_STRING = re.compile(r'^"((?:[^"\\]|\\.)*)"$')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def _ascii(rest: str) -> Statement:
    found = _STRING.match(rest)
    if found is None or not rest.isascii():
        raise NmcError(f".ascii takes one string of ASCII characters, not {rest}")
    if unknown := [c for c in _ESCAPE.findall(found[1]) if c not in _ESCAPED]:
        raise NmcError(f".ascii: unknown escape \\{unknown[0]}")
    return Ascii(_ESCAPE.sub(lambda escape: _ESCAPED[escape[1]], found[1]))


def _zero(name: str, operands: list[str]) -> list[Statement]:
    _expect(len(operands) == 1, f"{name} takes a number of bytes")
    return [Zero(_number(operands[0]))]


def _align(name: str, operands: list[str]) -> list[Statement]:
    _expect(len(operands) == 1, f"{name} takes one number")
    number = _number(operands[0])
    if name == ".p2align":
        _expect(number <= 16, f"{name} takes at most 16")
        number = 1 << number
    _expect(number > 0 and number & (number - 1) == 0, f"{number} is not a power of two")
    return [Align(number)]


def _option(_: str, operands: list[str]) -> list[Statement]:
    _expect(operands in (["norvc"], ["norelax"]), ".option takes norvc or norelax")
    return [Option(operands[0])]


def _insn(_: str, operands: list[str]) -> list[Statement]:
    return [parse_insn(operands)]


def _value(text: str) -> Value:
    value = parse_expression(text)
    if value is None:
        raise NmcError(f"{text!r} is not an expression")
    return value


def _number(text: str) -> int:
    value = _value(text)
    if not isinstance(value, int) or value < 0:
        raise NmcError(f"{text!r} is not a number of bytes")
    return value


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise NmcError(message)


_HANDLERS: dict[str, Callable[[str, list[str]], list[Statement]]] = {
    **dict.fromkeys((".section", ".text", ".data", ".bss"), _section),
    **dict.fromkeys((".globl", ".global"), _global),
    ".local": _local,
    ".type": _type,
    ".size": _size,
    **dict.fromkeys((".equ", ".set"), _assign),
    **dict.fromkeys((".word", ".half", ".byte"), _data),
    **dict.fromkeys((".zero", ".space"), _zero),
    **dict.fromkeys((".balign", ".p2align"), _align),
    ".option": _option,
    ".insn": _insn,
}
