"""Measurements kept between runs, so that a bench that was stopped goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from nmc.files import write_file

SOURCES = Path(__file__).parents[1] / "nmc"


@cache
def sources_digest() -> str:
    """Of what makes a program and its cycles: the package's sources, tables and descriptions."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in (".py", ".csv", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kept(directory: Path, name: str, measure: Callable[[], Any]) -> tuple[Any, bool]:
    """What `measure` gave, as JSON reads it, and whether it was measured now.

    One file a name, under a digest of the sources: a change of the compiler measures again.
    """
    path = directory / sources_digest() / f"{name}.json"
    if path.exists():
        return json.loads(path.read_text("utf-8")), False
    found = json.dumps(measure())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, found)
    return json.loads(found), True
