"""What the README and the manual say is there."""

import re
from pathlib import Path

import nmc
from nmc.cli.main import COMMANDS
from nmc.models.small import small_model
from nmc.passes import get_all_passes
from nmc.pipelines.named import NAMED_PIPELINES
from nmc.pipelines.stages import STAGES, file_name
from nmc.targets import load_target, target_names

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")

# Words of our dialects at the start of an operation, or attributes.
OPERATION = re.compile(r"[#!]?\b(?:qnn|nm|cluster|tile|micro|xpulp|xnm)\.[a-zA-Z_0-9.]*[a-zA-Z0-9]")


def excerpts() -> dict[str, str]:
    """The indented text behind each mention of a stage's file in the README's levels."""
    parts = re.split(r"`((?:build/conv/ir/)?\d\d-[a-z]+\.mlir)[`;]", README)
    found: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        block = re.search(r"\n\n((?:    .*\n)+)", text)
        assert block is not None, name
        found[Path(name).name] = block[1]
    return found


def test_excerpts_are_of_the_network_they_say() -> None:
    """Every operation quoted from a stage is in that stage of that network, as is its assembly."""
    program = nmc.compile(
        small_model("conv-wide", "1:8"), features=["xdecimate"], kernels=["xdecimate"]
    )
    quoted = excerpts()
    assert len(quoted) >= 4
    for name, text in quoted.items():
        operations = set(OPERATION.findall(text))
        assert operations, name
        for operation in operations:
            assert operation in program.stages[name], (name, operation)
    assembly = re.search(r"and `program\.s`:\n\n((?:    .*\n)+)", README)
    assert assembly is not None
    for line in assembly[1].splitlines():
        assert f"\t{line.split()[0]} " in program.assembly, line


def test_every_stage_and_command_is_named() -> None:
    table = README[README.index("## Levels") : README.index("One convolution")]
    first, last = file_name(STAGES[0]), file_name(STAGES[-1])
    assert first.removesuffix(".mlir") in table
    assert last.removesuffix(".mlir") in table
    for command in COMMANDS:
        assert f"`nmc {command} " in README


def test_targets_are_as_described() -> None:
    rows = re.findall(r"\| `([\w-]+)` \| (\d+) \| (\d+) KiB \| (\d+) KiB \|", README)
    assert {row[0] for row in rows} == set(target_names())
    for name, cores, l1, l2 in rows:
        target = load_target(name)
        assert (target.cluster.cores, target.l1.bytes) == (int(cores), int(l1) * 1024)
        assert sum(region.bytes for region in target.l2.regions) == int(l2) * 1024


def test_the_manual_has_no_dead_and_no_missing_links() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), (page.name, link)
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_passes_named_in_the_manual_exist() -> None:
    """Options in braces behind a name in backquotes make it a pass or a pipeline."""
    known = {*get_all_passes(), *NAMED_PIPELINES, "foo-bar"}
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for name in re.findall(r"`([a-z][a-z-]+)\{[a-z0-9]+[=,}]", page.read_text("utf-8")):
            assert name in known, (page.name, name)
