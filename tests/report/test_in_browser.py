"""nmc report --html on a compiled program, opened in Chromium where that is installed."""

import os
import re
from pathlib import Path

import pytest

from nmc.cli.main import main
from nmc.program.saved_run import RUN_JSON
from tests.e2e.networks import Case, compile_case
from tests.report.chromium import EXECUTABLE, show

needs_chromium = pytest.mark.skipif(
    EXECUTABLE is None and os.environ.get("NMC_TOOLS") != "required",
    reason="chromium (package chromium) is not installed",
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "built"
    compile_case(Case("conv", "1:8")).save(path)
    return path


def test_a_page_runs_the_program_if_there_is_no_profile(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    assert main(["run", str(directory), "--input", "random:7"]) == 0
    kept = (directory / RUN_JSON).read_text()
    assert main(["report", str(directory), "--html", str(page)]) == 0
    printed = capsys.readouterr()
    assert "there is no nmc run --profile of this program: running it on random:0" in printed.err
    assert printed.out == ""
    assert "<dd>random:0</dd>" in page.read_text()
    assert (directory / RUN_JSON).read_text() == kept
    assert main(["run", str(directory), "--input", "random:7", "--profile"]) == 0
    assert main(["report", str(directory), "--html", str(page)]) == 0
    assert "<dd>random:7</dd>" in page.read_text()


def test_a_page_that_cannot_be_written(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(directory), "--html", str(tmp_path)]) == 2
    assert "is a directory; name a file" in capsys.readouterr().err


@needs_chromium
@pytest.mark.parametrize("width", [1280, 420])
def test_all_plots_are_drawn(directory: Path, tmp_path: Path, width: int) -> None:
    page = tmp_path / "report.html"
    assert main(["run", str(directory), "--input", "random:7", "--profile"]) == 0
    assert main(["report", str(directory), "--html", str(page)]) == 0
    shown = show(page, tmp_path / "browser", width)
    assert shown.console == []
    plots = dict(re.findall(r'id="plot-(\w+)">(.*?)</section>', shown.dom, re.DOTALL))
    assert set(plots) == {"timeline", "cycles", "roofline", "estimates", "banks", "l1", "l2"}
    for name, content in plots.items():
        assert "main-svg" in content, name
    drawn = {name: len(re.findall(r'class="point[ "]', content)) for name, content in plots.items()}
    # Three layers: their bars, stacked by kinds, and the blocks of the memory maps.
    assert drawn["timeline"] == 3
    assert drawn["cycles"] >= 3 * 8
    assert drawn["estimates"] == 3 + 3
    assert drawn["roofline"] >= 1
    assert drawn["l1"] > 6
    assert drawn["l2"] > 3
    assert plots["timeline"].count("<image") == 8 + 3
    assert plots["banks"].count("<image") == 1
    # In the plot and in its legend.
    assert plots["roofline"].count('class="js-line"') == 2 * 2
    assert ">MAC/cycle<" in plots["roofline"]
    assert ">core 7<" in plots["timeline"]


@needs_chromium
def test_an_error_on_the_page_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "broken.html"
    page.write_text("<!DOCTYPE html><title>x</title><script>nothing.at.all</script>")
    assert any("nothing is not defined" in line for line in show(page, tmp_path / "b").console)
