"""The group of commands: help, version, misspelt commands and options."""

import subprocess
import sys

import pytest

from nmc.cli.main import COMMANDS, main
from nmc.version import VERSION


def test_help_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name, (_, line) in COMMANDS.items():
        assert f"{name} " in printed
        assert line in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"Usage: nmc {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert VERSION in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["modle"], "command 'modle' is unknown; did you mean 'model'?"),
        (["model", "resnet19"], "resnet19"),
        (["model", "resnet18", "--sparity=1:8"], "'--sparsity'"),
        (["model", "vit-tiny", "--heads", "5"], "width 192 is not divisible by 5 heads"),
        (["model", "resnet18", "--patch", "4"], "it has no patch; leave the option out"),
        (["model", "vit-tiny", "--prune", "heads"], "'heads' is not one of 'ffn', 'linear'"),
        (["model", "resnet18", "--classes", "x"], "'x' is not a valid integer"),
        (["model", "resnet18", "--sparsity", "1:5"], "'1:5' is not one of 'dense'"),
        (["model", "resnet18", "-o", "/nonexistent/x.onnx"], "its directory does not exist"),
        (["model", "resnet18", "-o", "/"], "is a directory; name a file"),
        (["compile", "x.onnx"], "Missing option '-o'; nmc compile --help shows the usage"),
        (["run", "x"], "Missing option '--input'"),
        (["report", "/nonexistent"], "holds no program.json"),
        (["report", __file__], "is a file; give the directory"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.startswith("nmc: error: ")
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_bugs_are_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise KeyError("oops")

    monkeypatch.setattr("nmc.cli.main.group.main", fail)
    assert main(["--help"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("nmc: error: internal error: KeyError: 'oops'; this is a bug in nmc")
    assert error.count("\n") == 1
    monkeypatch.setenv("NMC_TRACEBACK", "1")
    assert main(["--help"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_help_loads_no_compiler() -> None:
    """`nmc --help` answers at once: neither xDSL's dialects nor the simulator are loaded."""
    code = (
        "import sys; from nmc.cli.main import main; main(['--help']); "
        "sys.exit([m for m in sys.modules if m.split('.')[0] in ('numba', 'onnx', 'numpy')] != [])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
