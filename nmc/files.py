"""Writing files and directories whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from nmc.errors import NmcError


def _default_mode(base: int) -> int:
    """`base` less what the process's umask forbids (temporary files are made private)."""
    mask = os.umask(0)
    os.umask(mask)
    return base & ~mask


def check_writable(path: Path) -> None:
    """Refuse, before long work, a path no file can be written to. Raises `NmcError`."""
    if path.is_dir():
        raise NmcError(f"{path}: is a directory; name a file")
    parent = path.absolute().parent
    if not parent.is_dir():
        raise NmcError(f"{path}: its directory does not exist; make it first")
    if not os.access(path if path.exists() else parent, os.W_OK):
        raise NmcError(f"{path}: cannot be written (permission denied); check the path")


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file so that `path` holds either what it held or all of `content`.

    Raises `NmcError` when the directory does not exist or cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise NmcError(f"{path}: is a directory; name a file")
        path.write_bytes(data)  # a device or a pipe cannot be replaced, only written to
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise NmcError(f"{path}: cannot be written ({error.strerror}); check the path") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        temporary.chmod(_default_mode(0o666))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_directory(path: Path, marker: str) -> Generator[Path]:
    """A fresh directory that takes the place of `path` when the block ends without an error.

    An existing directory is replaced if it is empty or holds a file named `marker`, that is if an
    earlier run wrote it. Missing parents are made, and taken away again after an error.
    Raises `NmcError` when `path` is something else or cannot be written.
    """
    if path.exists() and not path.is_dir():
        raise NmcError(f"{path}: is a file; name a directory")
    if path.is_dir() and any(path.iterdir()) and not (path / marker).exists():
        raise NmcError(
            f"{path}: holds files but no {marker}, so it is not ours to replace; "
            "name a new or an empty directory"
        )
    made = _make_parents(path.absolute().parent)
    temporary: Path | None = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.absolute().parent))
        yield temporary
        temporary.chmod(_default_mode(0o777))
        _take_place(temporary, path)
    except BaseException as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        for parent in reversed(made):
            parent.rmdir()
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise NmcError(f"{path}: cannot be written ({reason}); check the path") from error
        raise


def _make_parents(directory: Path) -> list[Path]:
    """Make `directory` and what is missing above it; the directories made, outermost first."""
    missing = [parent for parent in (directory, *directory.parents) if not parent.exists()]
    made: list[Path] = []
    for parent in reversed(missing):
        try:
            parent.mkdir()
        except OSError as error:
            for other in reversed(made):
                other.rmdir()
            raise NmcError(
                f"{parent}: cannot be made ({error.strerror}); check the path"
            ) from error
        made.append(parent)
    return made


def _take_place(temporary: Path, path: Path) -> None:
    """Move `temporary` to `path`, putting back what was there if that fails."""
    if not path.exists():
        temporary.rename(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.absolute().parent))
    old = aside / "old"
    path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        old.rename(path)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def cache_directory() -> Path:
    """Where what is costly to make is kept for the user: NMC_CACHE_DIR, or nmc in their cache.

    Where that cannot be written, a directory of the user's under the temporary one.
    """
    chosen = os.environ.get("NMC_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(chosen) if chosen else (Path(base) if base else Path.home() / ".cache") / "nmc"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root
    except OSError:
        return Path(tempfile.gettempdir()) / f"nmc-cache-{os.getuid()}"
