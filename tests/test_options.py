"""Options, and their way into a module and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, i64

from nmc.errors import NmcError
from nmc.options import Options
from nmc.targets import target_text

OPTIONS = [
    Options(),
    Options(
        target="gap9",
        features=("xnm",),
        cores=3,
        l1=65536,
        l3=1 << 25,
        sparsity="1:8",
        prune="linear",
        kernels="paper",
        asm="stock",
    ),
    Options(target="mine", target_text='name = "mine"\n'),
]


@pytest.mark.parametrize("options", OPTIONS)
def test_module_carries_options(options: Options) -> None:
    module = ModuleOp([])
    Options(cores=7, l1=1, target_text="x").attach(module)
    options.attach(module)
    assert Options.of_module(module) == options


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features": ("xmn",)}, "feature 'xmn' is unknown; did you mean 'xnm'"),
        ({"features": ("xnm", "xgnac")}, "feature 'xgnac' is unknown; did you mean 'xgmac'"),
        ({"cores": 0}, "cores = 0 is out of range"),
        ({"cores": 17}, "cores = 17 is out of range"),
        ({"l1": 0}, "l1 = 0 bytes is not positive"),
        ({"l3": -1}, "l3 = -1 bytes is not positive"),
        ({"sparsity": "1:5"}, "sparsity '1:5' is not one of"),
        ({"sparsity": "2:4"}, "sparsity '2:4' is not one of"),
        ({"prune": "attention"}, "prune 'attention' is not one of ffn, linear"),
        ({"asm": "gnu"}, "assembly style 'gnu' is unknown"),
    ],
)
def test_wrong_options(change: dict[str, object], said: str) -> None:
    with pytest.raises(NmcError) as error:
        replace(Options(), **change)  # pyright: ignore[reportArgumentType]  (wrong on purpose)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "attribute", "said"),
    [
        ("nmc.target", IntegerAttr(1, i64), "must be a string"),
        ("nmc.features", StringAttr("xnm"), "must be an array of strings"),
        ("nmc.cores", StringAttr("8"), "must be an integer"),
    ],
)
def test_wrong_attributes(name: str, attribute: IntegerAttr | StringAttr, said: str) -> None:
    module = ModuleOp([])
    module.attributes[name] = attribute
    with pytest.raises(NmcError) as error:
        Options.of_module(module)
    assert said in str(error.value)
    assert name in str(error.value)


def test_parse_features() -> None:
    assert Options.parse_features("none") == ()
    assert Options.parse_features(" xnm , xnm") == ("xnm",)
    assert Options.parse_features("xrq,xdecimate, xgmac") == ("xdecimate", "xgmac", "xrq")


def test_target_of_the_user(tmp_path: Path) -> None:
    text = target_text("gap9")[0].replace('"gap9"', '"mine"', 1)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    options = Options().with_target(str(path))
    assert (options.target, options.target_text) == ("mine", text)
    assert options.with_target("gap9").target_text == ""


def test_target_file_without_a_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beside the user is found by its bare name, and its text goes into the module."""
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(target_text("vega")[0])
    assert Options().with_target("mine").target_text == target_text("vega")[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file, and not one of the shipped"),
        (b"", "missing"),
        (b"[[", "not TOML"),
        (b'name = "x"', "missing"),
        (b"\x95\xff", "is not text"),
    ],
)
def test_wrong_target_files(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NmcError) as error:
        Options().with_target(str(path))
    assert str(path) in str(error.value)
    assert said in str(error.value)
