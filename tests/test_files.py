"""Files and directories are written whole or not at all."""

from pathlib import Path

import pytest

from nmc.errors import NmcError
from nmc.files import new_directory, write_file

MARKER = "program.json"


def fill(directory: Path, text: str) -> None:
    (directory / MARKER).write_text(text)


def test_write_file_replaces(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_file(path, "one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_write_file_leaves_the_old_one_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    write_file(path, "one")

    def fail(self: Path, target: Path) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_file(path, "two")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_write_file_needs_its_directory(tmp_path: Path) -> None:
    with pytest.raises(NmcError, match="cannot be written"):
        write_file(tmp_path / "no" / "x", "one")
    with pytest.raises(NmcError, match="is a directory"):
        write_file(tmp_path, "one")


def test_new_directory_makes_parents(tmp_path: Path) -> None:
    with new_directory(tmp_path / "a" / "b", MARKER) as temporary:
        fill(temporary, "one")
        assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "b" / MARKER).read_text() == "one"
    assert len(list((tmp_path / "a").iterdir())) == 1


def test_new_directory_leaves_nothing_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(NmcError, match="broken"), new_directory(tmp_path / "a" / "b", MARKER) as d:
        fill(d, "one")
        raise NmcError("broken")
    assert list(tmp_path.iterdir()) == []


def test_new_directory_keeps_an_earlier_program_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with new_directory(path, MARKER) as temporary:
        fill(temporary, "one")
    with pytest.raises(NmcError), new_directory(path, MARKER) as temporary:
        fill(temporary, "two")
        raise NmcError("broken")
    assert (path / MARKER).read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_new_directory_replaces_an_earlier_program_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with new_directory(path, MARKER) as temporary:
        fill(temporary, "one")
        (temporary / "old").write_text("")
    with new_directory(path, MARKER) as temporary:
        fill(temporary, "two")
    assert [child.name for child in path.iterdir()] == [MARKER]
    assert list(tmp_path.iterdir()) == [path]


def test_new_directory_does_not_replace_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    with pytest.raises(NmcError, match="not ours to replace"), new_directory(tmp_path, MARKER):
        pass
    with (
        pytest.raises(NmcError, match="is a file"),
        new_directory(tmp_path / "precious", MARKER),
    ):
        pass
    assert [child.name for child in tmp_path.iterdir()] == ["precious"]


def test_new_directory_takes_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with new_directory(tmp_path / "out", MARKER) as temporary:
        fill(temporary, "one")
    assert (tmp_path / "out" / MARKER).read_text() == "one"
