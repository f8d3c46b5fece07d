"""From a flat module to assembly and ELF."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from nmc.backend.asm.emission import assemble, emit_assembly, emit_elf
from nmc.elf import META_SECTION, ElfImage, read_elf
from nmc.errors import NmcError
from nmc.isa.disassembler import disassemble
from nmc.pipelines.context import make_context
from nmc.targets import KNOWN_FEATURES, load_target, with_overrides
from tests.backend.asm.other_assemblers import INSTALLED, assemble_with

MODULE = """
builtin.module attributes {
  nmc.target = "vega", nmc.cores = 4 : i64, nmc.features = ["xnm"],
  nmc.stack_top = 268566528 : i64, nmc.stack_bytes = 256 : i64,
  nmc.layers = [{name = "/conv/1", op = "conv2d", symbol = "layer_00_conv", macs = 100 : i64,
                 shape = array<i64: 1, 8>, dense = false}],
  nmc.inputs = [{name = "x", address = 469827712 : i64, bytes = 40 : i64}],
  nmc.buffers = [
    {name = "x", kind = "activations", space = "l2", address = 469827712 : i64, bytes = 40 : i64},
    {name = "y", kind = "activations", space = "l2", address = 469827744 : i64, bytes = 32 : i64},
    {name = "z", kind = "activations", space = "l2", address = 469828608 : i64, bytes = 8 : i64},
    {name = "conv/1.weights", kind = "weights", space = "l2", address = 469827584 : i64,
     bytes = 6 : i64},
    {name = "/conv/1.tile", kind = "tile", space = "l1", address = 268435456 : i64,
     bytes = 64 : i64}]
} {
  cluster.data @"conv/1.weights" <l2> = dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi8> at 469827584
  cluster.data @table <l2> = dense<7> : tensor<2xi8> at 469827592
  cluster.data @late <l2> = dense<[9]> : tensor<1xi8> at 469828000
  cluster.data @streamed <l3> = dense<[-1, 1]> : tensor<2xi8> at 2147483648
  riscv_func.func @main() {
    riscv_func.call @layer_00_conv() : () -> ()
    riscv_func.return
  }
  riscv_func.func @layer_00_conv() attributes {nmc.layer = {name = "/conv/1", op = "conv2d"},
                                              frame_bytes = 48 : i64} {
    %p = rv32.li 469827584 : !riscv.reg<a0>
    %w, %q = xpulp.p.lw.post %p, 4 : (!riscv.reg<a0>) -> (!riscv.reg<a1>, !riscv.reg<a0>)
    riscv.label ".Llayer_00_conv.1"
    %s = riscv.addi %w, -1 : (!riscv.reg<a1>) -> !riscv.reg<a1>
    %z = rv32.get_register : !riscv.reg<zero>
    riscv.bne %s, %z, ".Llayer_00_conv.1" : (!riscv.reg<a1>, !riscv.reg<zero>) -> ()
    riscv_func.return
  }
}
"""


def parse(text: str) -> ModuleOp:
    return Parser(make_context(), text).parse_module()


@pytest.fixture(scope="module")
def image() -> ElfImage:
    return read_elf(emit_elf(parse(MODULE)))


def test_text_assembles_to_the_same_bytes() -> None:
    module = parse(MODULE)
    target = with_overrides(load_target("vega"), cores=4, features=["xnm"])
    expected = emit_elf(module)
    assert assemble(emit_assembly(module), target) == expected
    stock = emit_assembly(module, "stock")
    assert assemble(stock, target) == expected
    assert ".insn i 0x0b, 2, a1, a0, 4\t# p.lw a1, 4(a0!)" in stock


@pytest.mark.parametrize("style", ["pulp", "stock"])
def test_instructions_know_their_lines(style: str, image: ElfImage) -> None:
    lines = emit_assembly(parse(MODULE), style).splitlines()
    for symbol, first in (("_start", "lui t0"), ("main", "jal ra"), ("layer_00_conv", "lui a0")):
        place = image.lines.at(image.symbol_values[symbol])
        assert place is not None
        source, _, line = place.partition(":")
        assert source == "program.s"
        assert lines[int(line) - 1].strip().startswith(first), (symbol, lines[int(line) - 1])
    last = image.symbol_values["layer_00_conv"] + 16
    assert image.lines.at(last) == f"program.s:{int(line) + 5}"
    assert image.lines.at(0x1C010000) is None
    assert image.lines.at(0) is None


@pytest.mark.parametrize("name", INSTALLED)
def test_other_assemblers_take_the_stock_text(name: str, image: ElfImage, tmp_path: Path) -> None:
    sections = assemble_with(name, emit_assembly(parse(MODULE), "stock"), tmp_path)
    ours = {s.name: s.data for s in image.sections if s.data is not None and "a" in s.flags}
    ours |= {s.name: s.data for s in image.sections if s.name == META_SECTION}
    assert set(ours) == {".boot", ".text", ".data.l2", ".data.l2.1", ".l3", ".nmc.meta"}
    assert {section: sections[section] for section in ours} == ours


def test_a_buffer_may_be_called_like_a_function() -> None:
    renamed = MODULE.replace('{name = "y",', '{name = "main",').replace('"z"', '"_start"')
    image = read_elf(emit_elf(parse(renamed)))
    kinds = {symbol.name: symbol.kind for symbol in image.symbols}
    assert kinds["main"] == "function"
    assert kinds["main.2"] == kinds["_start.2"] == "object"
    assert {"main.2", "_start.2"} <= {buffer["symbol"] for buffer in image.meta["buffers"]}


def test_functions(image: ElfImage) -> None:
    names = [symbol.name for symbol in image.functions]
    assert names == ["_start", "_core_start", "main", "layer_00_conv"]
    function = image.symbol_values["layer_00_conv"]
    code = next(section for section in image.sections if section.name == ".text")
    assert code.data is not None
    start = function - code.address
    assert function % 16 == 0
    words = [int.from_bytes(code.data[i : i + 4], "little") for i in range(start, start + 24, 4)]
    assert [disassemble(word) for word in words] == [
        "lui a0, 0x1c010",
        "p.lw a1, 4(a0!)",
        "addi a1, a1, -1",
        "bne a1, zero, -4",
        "jalr zero, 0(ra)",
        "addi zero, zero, 0",
    ]
    assert image.entry == image.symbol_values["_start"] == 0x1C000000


def test_data_lies_where_the_plan_put_it(image: ElfImage) -> None:
    by_name = {section.name: section for section in image.sections}
    # The buffers x and y lie between the pieces.
    first, second = by_name[".data.l2"], by_name[".data.l2.1"]
    assert (first.address, first.data) == (0x1C010000, b"\1\2\3\4\5\6\0\0\7\7")
    assert (second.address, second.data) == (0x1C0101A0, b"\x09")
    assert (by_name[".l3"].address, by_name[".l3"].data) == (0x80000000, b"\xff\1")
    values = image.symbol_values
    assert values["table"] == 0x1C010008
    assert values["conv_1.weights"] == 0x1C010000


def test_buffers_are_sections_without_bytes_and_symbols(image: ElfImage) -> None:
    empty = {s.name: (s.address, s.size) for s in image.sections if s.data is None}
    # Data lies between y and z.
    assert empty == {
        ".bss.l1": (0x10000000, 0x20000),
        ".bss.l2": (0x1C010080, 64),
        ".bss.l2.1": (0x1C010400, 8),
    }
    found = {s.name: (s.value, s.size, s.kind) for s in image.symbols}
    assert found["y"] == (0x1C0100A0, 32, "object")
    assert found["_conv_1.tile"] == (0x10000000, 64, "object")


def test_meta(image: ElfImage) -> None:
    meta = image.meta
    assert (meta["target"], meta["cores"]) == ("vega", 4)
    assert meta["features"] == list(KNOWN_FEATURES)
    assert meta["stack"] == {"top": 0x10020000, "bytes": 256}
    (layer,) = meta["layers"]
    assert layer == {
        "name": "/conv/1",
        "op": "conv2d",
        "symbol": "layer_00_conv",
        "macs": 100,
        "shape": [1, 8],
        "dense": False,
    }
    assert meta["inputs"] == [{"name": "x", "address": 0x1C010080, "bytes": 40}]
    symbols = {buffer["name"]: buffer["symbol"] for buffer in meta["buffers"]}
    assert symbols["/conv/1.tile"] == "_conv_1.tile"


def test_start_up_code_follows_the_target() -> None:
    text = emit_assembly(parse(MODULE))
    boot = text.partition(".text")[0]
    # Four cores: boot addresses at 0x10200040 to 0x1020004f, mask 15, stacks of 256 bytes.
    assert "addi t2, t2, 80" in boot
    assert "addi t1, zero, 15" in boot
    assert "addi t0, zero, 256" in boot


def test_same_bytes_for_any_hash_seed() -> None:
    script = (
        "import sys, hashlib; from xdsl.parser import Parser; "
        "from nmc.pipelines.context import make_context; "
        "from nmc.backend.asm.emission import emit_elf; "
        "module = Parser(make_context(), sys.stdin.read()).parse_module(); "
        "print(hashlib.sha256(emit_elf(module)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=MODULE,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at 469827592", "at 469827588", "data @table at 0x1c010004 overlaps other data"),
        ("tensor<1xi8> at 469828000", "tensor<1xi8> at 469827593", "data @late .* overlaps"),
        ("<2xi8> at 469827592", "<6xi8> at 469827584", "data @table .* overlaps other data"),
        ("at 2147483648", "at 4096", r"section \.l3 .* lies in no memory of target vega"),
        ("at 469827584", "at 469762056", r"\.boot .* overlaps \.data\.l2 .* l2\.code_bytes"),
        ("frame_bytes = 48", "frame_bytes = 272", "need 272 bytes of stack .* 256 are"),
        ("bytes = 8 : i64", "size = 8 : i64", "lacks name, space, address, bytes"),
        ("@main()", "@other()", "no symbol _start: nothing to start with"),
        ("nmc.cores = 4 :", "nmc.cores = 99 :", "99 is out of range"),
        ('riscv.label ".Llayer_00_conv.1"', "%i = arith.constant 1 : i32", "arith.constant is no"),
    ],
)
def test_refused(old: str, new: str, message: str) -> None:
    assert old in MODULE
    with pytest.raises(NmcError, match=message) as error:
        emit_elf(parse(MODULE.replace(old, new, 1)))
    assert "\n" not in str(error.value)


def test_unknown_style() -> None:
    with pytest.raises(NmcError, match="assembly style 'att' is unknown"):
        emit_assembly(parse(MODULE), "att")
