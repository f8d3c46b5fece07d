"""ELF files: what is written is read back, by us and by other tools."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from nmc.elf import META_SECTION, ElfImage, Section, Symbol, read_elf, write_elf
from nmc.errors import NmcError

SECTIONS = (
    Section(".text", "ax", 4, 0x1C000000, 8, bytes(range(8))),
    Section(".data.l2", "aw", 1, 0x1C000108, 5, b"hello"),
    Section(".bss.l1", "aw", 16, 0x10000000, 1 << 16, None),
    Section(".l3", "aw", 1, 0x80000000, 3, b"abc"),
    Section(".nmc.meta", "", 1, 0, 9, b'{"a": 1}\n'),
)
SYMBOLS = (
    Symbol("main", 0x1C000000, 8, "function", True, ".text"),
    Symbol("greeting", 0x1C000108, 5, "object", False, ".data.l2"),
    Symbol("buffer", 0x10000040, 64, "object", False, None),
    Symbol("mark", 0x80000000, 0, "none", False, ".l3"),
)


@pytest.fixture(scope="module")
def contents() -> bytes:
    return write_elf(SECTIONS, SYMBOLS, 0x1C000000)


@pytest.fixture(scope="module")
def image(contents: bytes) -> ElfImage:
    return read_elf(contents)


def test_segments(image: ElfImage) -> None:
    assert image.entry == 0x1C000000
    found = [(s.address, s.data, s.memory_size, s.executable, s.writable) for s in image.segments]
    assert found == [
        (0x10000000, b"", 1 << 16, False, True),
        (0x1C000000, bytes(range(8)), 8, True, False),
        (0x1C000108, b"hello", 5, False, True),
        (0x80000000, b"abc", 3, False, True),
    ]


def test_symbols(image: ElfImage) -> None:
    assert sorted(image.symbols, key=lambda s: s.name) == sorted(SYMBOLS, key=lambda s: s.name)
    assert image.symbol_values["buffer"] == 0x10000040
    assert image.function_at(0x1C000004) == SYMBOLS[0]
    assert image.function_at(0x1C000008) is None


def test_sections_and_meta(image: ElfImage) -> None:
    by_name = {section.name: section for section in image.sections}
    for section in SECTIONS:
        found = by_name[section.name]
        assert (found.address, found.size, found.data) == (
            section.address,
            section.size,
            section.data,
        )
        assert set(found.flags) == set(section.flags)
    assert image.meta == {"a": 1}


def test_same_bytes(contents: bytes) -> None:
    assert write_elf(SECTIONS, SYMBOLS, 0x1C000000) == contents


def test_empty_program() -> None:
    assert read_elf(write_elf([], [], 0)).segments == ()


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf is not installed")
def test_readelf_has_no_complaints(contents: bytes, tmp_path: Path) -> None:
    path = tmp_path / "program.elf"
    path.write_bytes(contents)
    result = subprocess.run(
        ["readelf", "-aW", str(path)], check=True, capture_output=True, text=True
    )
    assert "arning" not in result.stdout + result.stderr
    assert "greeting" in result.stdout


@pytest.mark.skipif(not shutil.which("llvm-objdump"), reason="llvm-objdump is not installed")
def test_llvm_objdump_has_no_complaints(contents: bytes, tmp_path: Path) -> None:
    path = tmp_path / "program.elf"
    path.write_bytes(contents)
    result = subprocess.run(
        ["llvm-objdump", "-d", "-t", "-h", str(path)], check=True, capture_output=True, text=True
    )
    assert "warning" not in result.stderr
    assert "<main>" in result.stdout


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (0, 0, "not a readable ELF file"),
        (4, 2, "p.elf"),
        (18, 62, "not a 32-bit little-endian RISC-V program"),
        (16, 1, "not an executable; link it first"),
        (16, 3, "position-independent; link it with -static -no-pie"),
        (36, 2, "needs floating-point hardware"),
        (52 + 32 + 16, 255, "the segment at 0x1c000000 is cut off"),
    ],
)
def test_other_files_are_refused(contents: bytes, position: int, value: int, message: str) -> None:
    broken = bytearray(contents)
    broken[position] = value
    with pytest.raises(NmcError, match=message) as error:
        read_elf(bytes(broken), "p.elf")
    assert str(error.value).startswith("p.elf: ")
    assert "\n" not in str(error.value)


def test_truncated_files_are_refused(contents: bytes) -> None:
    for length in (*range(0, len(contents), 7), len(contents) - 1):
        with pytest.raises(NmcError):
            read_elf(contents[:length])


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NmcError, match="cannot be read"):
        read_elf(tmp_path / "none.elf")


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "it is no object"),
        ('{"layers": 3}', "layers is no list"),
        ('{"layers": [{"name": "a"}]}', r"layers\[0\].symbol is not of type str"),
        ('{"buffers": [3]}', r"buffers\[0\] is no object"),
        ('{"stack": {"top": "high"}}', "stack.top is not of type int"),
    ],
)
def test_damaged_notes(notes: str, message: str) -> None:
    section = Section(META_SECTION, "", 1, 0, len(notes), notes.encode())
    with pytest.raises(NmcError, match=message) as error:
        read_elf(write_elf([section], [], 0), "p.elf")
    assert str(error.value).startswith("p.elf: section .nmc.meta")


def test_damaged_anywhere(contents: bytes) -> None:
    """A changed byte gives another program or an error of one line."""
    rng = random.Random(1)
    for _ in range(200):
        damaged = bytearray(contents)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            read_elf(bytes(damaged)).lines.at(0x1C00_0000)
        except NmcError as error:
            assert "\n" not in str(error)
