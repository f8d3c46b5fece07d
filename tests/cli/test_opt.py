"""nmc-opt from its command line: outputs, and errors on one line with code 2."""

from pathlib import Path

import pytest

from nmc.cli.opt import main
from nmc.cli.opt_list import list_passes
from nmc.passes import get_all_passes
from nmc.pipelines.named import NAMED_PIPELINES

ADD = """builtin.module {
  func.func @f() -> i32 {
    %a = arith.constant 1 : i32
    %b = arith.constant 2 : i32
    %c = arith.addi %a, %b : i32
    func.return %c : i32
  }
}
"""
WRONG = "func.func @g() -> i32 {\n  func.return\n}\n"


@pytest.fixture
def add(tmp_path: Path) -> Path:
    path = tmp_path / "add.mlir"
    path.write_text(ADD)
    return path


def test_identity(add: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(add)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ADD
    assert printed.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "canonicalize,set-stage{stage=tiled}"],
        ["--pass-pipeline", "canonicalize,set-stage{stage=tiled}"],
        ["--pass-pipeline", "builtin.module(canonicalize, set-stage{stage=tiled})"],
        ["--pass-pipeline=builtin.module(builtin.module(canonicalize),set-stage{stage=tiled})"],
    ],
)
def test_pipelines(add: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main([str(add), *arguments]) == 0
    printed = capsys.readouterr().out
    assert "arith.constant 3 : i32" in printed
    assert 'nmc.stage = "tiled"' in printed
    assert "addi" not in printed


def test_named_pipeline_inside_a_pipeline(add: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = "builtin.module(set-stage{stage=flat},nmc-default{target=gap9 features=xnm},cse)"
    assert main([str(add), f"--pass-pipeline={pipeline}"]) == 0
    assert 'nmc.target = "gap9", nmc.features = ["xnm"]' in capsys.readouterr().out


def test_ir_is_printed_to_standard_error(add: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = ["-p", "set-stage{stage=tiled},canonicalize"]
    assert main([str(add), *pipeline, "--print-ir-after-all"]) == 0
    after = capsys.readouterr()
    assert after.err.count("IR Dump After") == 2
    assert after.err.index("After set-stage") < after.err.index("After canonicalize")
    assert main([str(add), *pipeline, "--print-ir-before=canonicalize"]) == 0
    before = capsys.readouterr()
    assert before.err.count("IR Dump") == 1
    assert "arith.addi" in before.err
    assert before.out == after.out


def test_split_input_and_verify_diagnostics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.mlir"
    path.write_text(f"{ADD}// -----\n{WRONG}// -----\nnonsense\n")
    assert main([str(path), "--split-input-file", "--verify-diagnostics", "-p", "cse"]) == 0
    first, second, third = capsys.readouterr().out.split("// -----\n")
    assert "arith.addi" in first
    assert second.startswith("Expected arguments to have the same types")
    assert f"{path}:15:1" in third
    assert "nonsense" in third


def test_errors_without_verify_diagnostics_end_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.mlir"
    path.write_text(f"{ADD}// -----\n{WRONG}")
    assert main([str(path), "--split-input-file"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "canonicalise"], "pass 'canonicalise' is unknown; did you mean 'canonicalize'?"),
        (["-p", "cse{x=1}"], "options of pass 'cse': 'x' is unknown"),
        (["-p", "set-stage{stge=x}"], "did you mean 'stage'?"),
        (["-p", "cse,"], "expected the name of a pass"),
        (["-p", "cse", "--pass-pipeline=cse"], "choose one"),
        (["--pas-pipeline=cse"], "did you mean '--pass-pipeline'?"),
        (["--print-ir-before=cs"], "pass 'cs' to print is unknown; did you mean 'cse'?"),
        (["-t", "asn"], "invalid choice: 'asn'"),
        (["-t", "elf", "-p", "set-stage{stage=nowhere},nmc-default"], "'nowhere' is unknown"),
    ],
)
def test_wrong_usage(
    add: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    output = tmp_path / "out"
    assert main([str(add), *arguments, "-o", str(output)]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.startswith("nmc-opt: error: ")
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["add.mlir"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "func.func @f() {\n  %a = nothing.here : i32\n}\n",
            "in.mlir:2:21: Operation nothing",
        ),
        (WRONG, "in.mlir: in @g, operation 'func.return': Expected"),
        ("", "in.mlir:1:1: Could not parse"),
    ],
)
def test_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = tmp_path / "in.mlir"
    path.write_text(text)
    code = main([str(path), "-o", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert code == 2
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_missing_and_strange_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "no.mlir")]) == 2
    assert "no.mlir: No such file or directory" in capsys.readouterr().err
    (tmp_path / "x.txt").write_text("")
    assert main([str(tmp_path / "x.txt")]) == 2
    assert (
        "Unrecognized file extension 'txt'; give a .mlir or .onnx file" in capsys.readouterr().err
    )


def test_output_file(add: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(add), "-o", str(tmp_path / "out.mlir")]) == 0
    assert (tmp_path / "out.mlir").read_text() == ADD
    assert capsys.readouterr().out == ""


def test_list_passes() -> None:
    lines = list_passes().splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [*get_all_passes(), *NAMED_PIPELINES]
    assert all(len(line.split()) > 2 for line in lines)


@pytest.mark.parametrize("kind", ["asm", "elf"])
def test_code_of_a_module_that_is_not_lowered(
    add: Path, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its functions would be left out silently."""
    output = tmp_path / "out"
    assert main([str(add), "-t", kind, "-o", str(output)]) == 2
    assert "function @f is not machine code yet" in capsys.readouterr().err
    assert not output.exists()


def test_a_broken_model_is_called_by_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "short.onnx"
    path.write_bytes(b"hello")
    assert main([str(path)]) == 2
    assert f"{path}: not an ONNX file" in capsys.readouterr().err
