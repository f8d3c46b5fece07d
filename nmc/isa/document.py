"""The instruction tables of `docs/isa.md`.

    python -m nmc.isa.document docs/isa.md

rewrites what stands between the markers of that file from the instruction table; a test checks that
the file is up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from nmc.isa.compressed import CompressedInstruction, load_compressed
from nmc.isa.fields import Field
from nmc.isa.table import Instruction, load_table

BEGIN = "<!-- tables: begin -->\n"
END = "<!-- tables: end -->\n"

_TITLES = {
    "rv32i": "RV32I",
    "rv32m": "Multiplication and division",
    "zicsr": "Control and status registers",
    "zifencei": "Instruction fence",
    "priv": "Privileged",
    "xpulp_postmod": "Post-increment and register-offset memory accesses",
    "xpulp_elw": "Event load",
    "xpulp_hwloop": "Hardware loops",
    "xpulp_br": "Immediate branches",
    "xpulp_alu": "Minimum, maximum, clip, extension",
    "xpulp_bitop": "Bit manipulation",
    "xpulp_addsubrn": "Addition and subtraction with normalisation and rounding",
    "xpulp_mac": "Multiply-accumulate",
    "xpulp_vect": "Packed SIMD",
    "xpulp_shufflepack": "Shuffle and pack",
    "xdecimate": "N:M gather of bytes (extension xnm)",
    "xgather": "N:M gather of words (extension xnm)",
    "xgmac": "N:M gather and accumulate (extension xnm)",
    "xrq": "Requantisation of accumulators (extension xnm)",
}


def instruction_tables() -> str:
    """One Markdown table for each group of instructions."""
    groups: dict[str, list[Instruction]] = {}
    for row in load_table():
        groups.setdefault(row.ext, []).append(row)
    lines = [line for ext, rows in groups.items() for line in _group(ext, rows)]
    return "\n".join([*lines, *_compressed()])


def update(text: str) -> str:
    """The document with its tables replaced by those of the instruction table."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + "\n" + instruction_tables() + "\n" + END + tail


def _group(ext: str, rows: list[Instruction]) -> Iterator[str]:
    yield f"### {_TITLES[ext]}"
    yield ""
    yield "| syntax | match / mask | fields | semantics | cycles | notes |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in rows:
        cells = [
            f"`{row.syntax}`",
            f"`{row.match:08x}` / `{row.mask:08x}`",
            f"`{' '.join(_field(field) for field in row.fields)}`" if row.fields else "",
            f"`{row.semantics}`",
            row.cycles,
            row.notes,
        ]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _compressed() -> Iterator[str]:
    yield "### Compressed instructions"
    yield ""
    yield "| syntax | match / mask | fields | stands for | must not be 0 |"
    yield "| --- | --- | --- | --- | --- |"
    for row in load_compressed():
        cells = [
            f"`{row.syntax}`",
            f"`{row.match:04x}` / `{row.mask:04x}`",
            f"`{' '.join(_field(field) for field in row.fields)}`" if row.fields else "",
            f"`{_expansion(row)}`",
            ", ".join(row.nonzero),
        ]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _expansion(row: CompressedInstruction) -> str:
    parts = [name if name == source else f"{name}={source}" for name, source in row.sources.items()]
    return " ".join([row.expands.mnemonic, *parts])


def _field(field: Field) -> str:
    kind = "" if field.is_register else f":{field.kind[0]}{field.bits}"
    if field.base:
        kind = f":r{field.bits}+{field.base}"
    if not field.slices:
        return f"{field.name}{kind}"
    spans = ",".join(
        f"{s.hi}:{s.lo}" + (f"@{s.shift}" if s.shift or not field.is_register else "")
        for s in field.slices
    )
    return f"{field.name}{kind}={spans}"


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(update(document.read_text(encoding="utf-8")), encoding="utf-8")
