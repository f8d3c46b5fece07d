"""Every xpulp and xnm operation against the instruction table: mnemonic, operand order, ties."""

import re

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import IntegerAttr, IntegerType, Signedness, StringAttr
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.ir import Attribute
from xdsl.irdl import OpDef

from nmc.dialects.xnm import INSTRUCTIONS as XNM_INSTRUCTIONS
from nmc.dialects.xpulp import INSTRUCTIONS as XPULP_INSTRUCTIONS
from nmc.dialects.xpulp.formats import XInstruction
from nmc.isa.table import EXTENSIONS, Instruction, by_mnemonic, load_table

INSTRUCTIONS: tuple[type[XInstruction], ...] = (*XPULP_INSTRUCTIONS, *XNM_INSTRUCTIONS)

# Attribute names of ours for operand names in the table's syntax, by what they mean.
ATTRIBUTE_OF = {
    "imm": "immediate",
    "imm6": "immediate",
    "Imm5": "immediate",
    "uimm12": "count",
    "label": "label",
    "L": "loop",
}
FIELD_ATTRIBUTES = {
    "RN": {"Is3": "shift"},
    "RNACC": {"Is3": "shift"},
    "BITI": {"Is3": "width_minus_one", "Is2": "position"},
    "BITIACC": {"Is3": "width_minus_one", "Is2": "position"},
    "CLIPI": {"Is2": "bits"},
    "XGATHER": {"p": "words_log2"},
    "XGMAC": {"p": "words_log2"},
    "XRQ": {"t": "shift_less_one"},
}


def definition(cls: type[XInstruction]) -> OpDef:
    return cls.get_irdl_definition()


def row_of(cls: type[XInstruction]) -> Instruction:
    mnemonic = cls.name.split(".", 1)[1].removesuffix(cls.SUFFIX)
    rows = [
        row
        for row in by_mnemonic(mnemonic)
        if row.mnemonic == mnemonic and row.format == cls.LAYOUT
    ]
    assert len(rows) == 1, f"{cls.name}: {len(rows)} rows in the table"
    return rows[0]


def reads_of(cls: type[XInstruction]) -> list[str]:
    return [name.removesuffix("_in") for name, _ in definition(cls).operands]


def writes_of(cls: type[XInstruction]) -> list[str]:
    return [name.removesuffix("_out") for name, _ in definition(cls).results]


def build(cls: type[XInstruction]) -> tuple[XInstruction, dict[str, str]]:
    """An instance with a register of its own for every field, and the text of each field."""
    row = row_of(cls)
    names = {"rd": "a0", "rs1": "a1", "rs2": "a2", "rs3": "a3"}
    values = test.TestOp(
        result_types=[IntRegisterType.from_name(names[name]) for name in reads_of(cls)]
    ).results
    attributes: dict[str, Attribute] = {}
    texts = dict(names)
    renamed = ATTRIBUTE_OF | FIELD_ATTRIBUTES.get(cls.LAYOUT, {})
    for number, (field, attribute) in enumerate(renamed.items()):
        if attribute not in definition(cls).attributes or not re.search(
            rf"\b{field}\b", row.syntax
        ):
            continue
        if attribute == "label":
            attributes[attribute] = StringAttr("somewhere")
            texts[field] = "somewhere"
        elif attribute == "loop":
            attributes[attribute] = IntegerAttr(1, IntegerType(1, Signedness.UNSIGNED))
            texts[field] = "x1"
        else:
            width, sign = {
                "immediate": (12, Signedness.SIGNED),
                "count": (12, Signedness.UNSIGNED),
                "words_log2": (3, Signedness.UNSIGNED),
                "shift_less_one": (6, Signedness.UNSIGNED),
            }.get(attribute, (5, Signedness.UNSIGNED))
            if field == "imm6":
                signed = row.field_map["imm"].low < 0
                width, sign = 6, Signedness.SIGNED if signed else Signedness.UNSIGNED
            if field == "Imm5":
                width = 5
            value = (3 + number) % (1 << (width - 1))
            attributes[attribute] = IntegerAttr(value, IntegerType(width, sign))
            texts[field] = str(value)
    op = cls.create(
        operands=values,
        result_types=[IntRegisterType.from_name(names[name]) for name in writes_of(cls)],
        attributes=attributes,
    )
    return op, texts


@pytest.mark.parametrize("cls", INSTRUCTIONS, ids=lambda c: c.name)
def test_registers_read_and_written_are_the_tables(cls: type[XInstruction]):
    row = row_of(cls)
    assert sorted(reads_of(cls)) == sorted(row.uses)
    assert sorted(writes_of(cls)) == sorted(row.defs)


@pytest.mark.parametrize("cls", INSTRUCTIONS, ids=lambda c: c.name)
def test_ties_are_the_registers_read_and_written(cls: type[XInstruction]):
    row = row_of(cls)
    op, _ = build(cls)
    tied = [
        (reads_of(cls)[list(op.operands).index(old)], writes_of(cls)[new.index])
        for old, new in op.get_register_constraints().inouts
    ]
    both = [name for name in row.uses if name in row.defs]
    assert tied == [(name, name) for name in both]
    assert ("rd" in both) == row.rd_is_source


@pytest.mark.parametrize("cls", INSTRUCTIONS, ids=lambda c: c.name)
def test_prints_the_tables_syntax(cls: type[XInstruction]):
    row = row_of(cls)
    op, texts = build(cls)
    op.verify()
    mnemonic, _, operands = row.syntax.partition(" ")
    expected = re.sub(r"\w+", lambda name: texts[name[0]], operands)
    line = op.assembly_line()
    assert line is not None
    assert line.split() == f"{mnemonic} {expected}".split()


def test_the_extension_is_complete():
    table = {row.mnemonic for row in load_table() if row.ext in EXTENSIONS}
    assert table == {cls.name.split(".", 1)[1] for cls in XNM_INSTRUCTIONS}
