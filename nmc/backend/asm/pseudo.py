"""The standard pseudo-instructions we write, as the instructions they stand for."""

from collections.abc import Callable

from nmc.backend.asm.expressions import parse_expression
from nmc.errors import NmcError

Expansion = list[tuple[str, list[str]]]
"""Mnemonics with their operands."""

_TEMPLATES: dict[tuple[str, int], tuple[str, ...]] = {
    ("nop", 0): ("addi", "x0", "x0", "0"),
    ("mv", 2): ("addi", "{0}", "{1}", "0"),
    ("not", 2): ("xori", "{0}", "{1}", "-1"),
    ("neg", 2): ("sub", "{0}", "x0", "{1}"),
    ("seqz", 2): ("sltiu", "{0}", "{1}", "1"),
    ("snez", 2): ("sltu", "{0}", "x0", "{1}"),
    ("sltz", 2): ("slt", "{0}", "{1}", "x0"),
    ("sgtz", 2): ("slt", "{0}", "x0", "{1}"),
    ("beqz", 2): ("beq", "{0}", "x0", "{1}"),
    ("bnez", 2): ("bne", "{0}", "x0", "{1}"),
    ("blez", 2): ("bge", "x0", "{0}", "{1}"),
    ("bgez", 2): ("bge", "{0}", "x0", "{1}"),
    ("bltz", 2): ("blt", "{0}", "x0", "{1}"),
    ("bgtz", 2): ("blt", "x0", "{0}", "{1}"),
    ("bgt", 3): ("blt", "{1}", "{0}", "{2}"),
    ("ble", 3): ("bge", "{1}", "{0}", "{2}"),
    ("bgtu", 3): ("bltu", "{1}", "{0}", "{2}"),
    ("bleu", 3): ("bgeu", "{1}", "{0}", "{2}"),
    ("j", 1): ("jal", "x0", "{0}"),
    ("jal", 1): ("jal", "ra", "{0}"),
    ("jr", 1): ("jalr", "x0", "0({0})"),
    ("jalr", 1): ("jalr", "ra", "0({0})"),
    ("ret", 0): ("jalr", "x0", "0(ra)"),
    # Programs are far smaller than the reach of jal, 1 MiB.
    ("call", 1): ("jal", "ra", "{0}"),
    ("tail", 1): ("jal", "x0", "{0}"),
    ("csrr", 2): ("csrrs", "{0}", "{1}", "x0"),
    ("csrw", 2): ("csrrw", "x0", "{0}", "{1}"),
    ("csrwi", 2): ("csrrwi", "x0", "{0}", "{1}"),
}


def expand(name: str, operands: list[str]) -> Expansion | None:
    """The instructions a pseudo-instruction stands for, None if it is not one.

    NmcError if `li` is given more than 32 bits.
    """
    template = _TEMPLATES.get((name, len(operands)))
    if template is not None:
        mnemonic, *arguments = template
        return [(mnemonic, [argument.format(*operands) for argument in arguments])]
    load = _LOADS.get((name, len(operands)))
    return load(*operands) if load else None


def _load_immediate(rd: str, text: str) -> Expansion:
    value = parse_expression(text)
    if not isinstance(value, int):
        return _load_address(rd, text)
    if not -(1 << 31) <= value < 1 << 32:
        raise NmcError(f"li: {value} does not fit 32 bits")
    low = ((value + 0x800) & 0xFFF) - 0x800
    high = ((value - low) >> 12) & 0xFFFFF
    if not high:
        return [("addi", [rd, "x0", str(low)])]
    upper = ("lui", [rd, hex(high)])
    return [upper, ("addi", [rd, rd, str(low)])] if low else [upper]


def _load_address(rd: str, symbol: str) -> Expansion:
    return [("lui", [rd, f"%hi({symbol})"]), ("addi", [rd, rd, f"%lo({symbol})"])]


_LOADS: dict[tuple[str, int], Callable[[str, str], Expansion]] = {
    ("li", 2): _load_immediate,
    ("la", 2): _load_address,
}
