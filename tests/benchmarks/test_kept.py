"""Measurements that are kept until the package changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import kept as module
from benchmarks.kept import kept


def _counting() -> tuple[list[int], Callable[[], list[int]]]:
    calls: list[int] = []

    def measure() -> list[int]:
        calls.append(1)
        return [len(calls)]

    return calls, measure


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    calls, measure = _counting()
    path = tmp_path / "of" / "a.json"
    assert [kept(path, measure), kept(path, measure)] == [[1], [1]]
    assert kept(path, measure, may_measure=False) == [1]
    assert len(calls) == 1


def test_another_package_is_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, measure = _counting()
    path = tmp_path / "a.json"
    kept(path, measure)
    monkeypatch.setattr(module, "sources_digest", lambda: "another")
    assert kept(path, measure, may_measure=False) is None
    assert kept(path, measure) == [2]


@pytest.mark.parametrize("text", ["", "[]", '{"figures": [3]}'])
def test_a_file_that_is_none_of_these_is_measured_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert kept(path, _counting()[1]) == [1]
