"""Target descriptions: the shipped ones, a user's own, and what is refused."""

from pathlib import Path

import pytest

from nmc.errors import NmcError
from nmc.isa.table import EXTENSIONS
from nmc.targets import (
    KNOWN_FEATURES,
    load_target,
    target_names,
    target_text,
    with_overrides,
)

VEGA = target_text("vega")[0]


def test_shipped() -> None:
    assert target_names() == ("gap9", "pulp-open", "vega")
    vega, pulp, gap9 = (load_target(name) for name in ("vega", "pulp-open", "gap9"))
    assert load_target() == vega
    assert (vega.cores, vega.l1.bytes, vega.l1.banks) == (8, 128 << 10, 16)
    assert pulp.l1.bytes == 64 << 10
    assert vega.l2.bytes == (64 << 10) + (1536 << 10)
    assert gap9.l2.bytes == 1536 << 10
    assert [target.name for target in (vega, pulp, gap9)] == ["vega", "pulp-open", "gap9"]
    assert vega.l2.end == 0x1C190000


def test_own_file_and_text(tmp_path: Path) -> None:
    text = VEGA.replace('name = "vega"', 'name = "mine"').replace("cores = 8", "cores = 4")
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert load_target(path) == load_target(str(path)) == load_target(text)
    assert load_target(path).cores == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("banks = 16", "banks = 12", r"l1\.banks: 12 is not a power of two"),
        ("banks = 16", "", r"l1\.banks: missing"),
        ("banks = 16", "banks = 16\nsize = 3", r"l1\.size: unknown key; known: banks, base, bytes"),
        ("banks = 16", 'banks = "16"', r"l1\.banks: expected an integer, got '16'"),
        ("banks = 16", "banks = true", r"l1\.banks: expected an integer, got True"),
        ("load_use = 1", "load_use = -1", r"timing\.load_use: -1 is negative"),
        ("cores = 8", "cores = 17", r"cluster\.cores: 17 is not in 1\.\.16"),
        ("cores = 8", "cores = 0", r"cluster\.cores: 0 is not in 1\.\.16"),
        ("stack_bytes = 512", "stack_bytes = 500", r"cluster\.stack_bytes: 500"),
        ("0x1C01_0000", "0x1C02_0000", r"l2\.regions\[2\]\.base: 0x1c020000 leaves a gap"),
        ("0x8000_0000", "0x1C00_0000", "memories overlap"),
        ("bytes_per_cycle = 1.0", "bytes_per_cycle = 0.0", r"l3\.bytes_per_cycle: 0\.0"),
        ("line_bytes = 16", "line_bytes = 24", r"icache\.line_bytes: 24"),
        ("bytes = 512, ways", "bytes = 500, ways", r"icache\.private: sets"),
        ("[icache]", "[icache", "not TOML"),
        (
            "features = []",
            'features = ["xyz"]',
            "unknown feature 'xyz'; known: xdecimate, xgather, xgmac, xrq, xnm",
        ),
        ("code_bytes = 0x1_0000", "code_bytes = 0", r"l2\.code_bytes"),
    ],
)
def test_refused(old: str, new: str, message: str) -> None:
    assert old in VEGA
    with pytest.raises(NmcError, match=message) as error:
        load_target(VEGA.replace(old, new, 1))
    assert "\n" not in str(error.value)


def test_unknown_name() -> None:
    with pytest.raises(NmcError, match="target 'vgea': no such file, and not one of the shipped"):
        load_target("vgea")


def test_overrides() -> None:
    target = with_overrides(load_target(), cores=2, l1=64 << 10, features=["xnm"])
    assert (target.cores, target.l1.bytes, target.features) == (2, 64 << 10, KNOWN_FEATURES)
    assert target.has("xgmac") and not load_target().has("xgmac")


def test_features_are_those_of_the_instruction_table() -> None:
    assert KNOWN_FEATURES == EXTENSIONS


def test_sets_of_features_are_expanded_once() -> None:
    target = with_overrides(load_target(), features=["xrq", "xgmac", "xrq"])
    assert target.features == ("xgmac", "xrq")
    assert with_overrides(target, features=["xnm", "xgmac"]).features == KNOWN_FEATURES
    text, _ = target_text("vega")
    described = load_target(text.replace("features = []", 'features = ["xnm"]'))
    assert described.features == KNOWN_FEATURES
    assert with_overrides(load_target()) == load_target()
    assert with_overrides(load_target(), cores=16).cores == 16


@pytest.mark.parametrize(
    ("l1", "message"),
    [
        (1024, "1024 bytes do not hold the stacks of 8 cores"),
        (100_000, "not a positive multiple of 64"),
        (4 << 20, "overlaps the cluster's peripherals"),
    ],
)
def test_refused_overrides(l1: int, message: str) -> None:
    with pytest.raises(NmcError, match=message):
        with_overrides(load_target(), l1=l1)
