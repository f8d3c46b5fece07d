"""Measurements that are kept until the package changes, so that a long bench can be resumed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from nmc.files import write_file
from nmc.tuning.measurement_cache import sources_digest


def kept(
    path: Path, measure: Callable[[], list[Any]], may_measure: bool = True
) -> list[Any] | None:
    """What is kept in a file by these sources of the package, else what `measure` gives, kept then.

    measure: gives what JSON has a form for. None where nothing is kept and it may not be measured.
    """
    digest = sources_digest()
    found = _read(path)
    if found is not None and found.get("sources") == digest:
        return found["figures"]
    if not may_measure:
        return None
    figures = measure()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps({"sources": digest, "figures": figures}) + "\n")
    return figures


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
