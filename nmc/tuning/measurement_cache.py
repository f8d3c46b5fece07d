"""Cycles that plans have been measured to take, kept on disk."""

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

from nmc.backend.planning.plans import WindowPlan
from nmc.backend.planning.work import Engine, WindowWork
from nmc.files import cache_directory, write_file
from nmc.targets import Target
from nmc.version import VERSION

SOURCES = Path(__file__).parents[1]


class MeasurementCache:
    """A file for each plan of a geometry on a machine, named by a digest of the three.

    What compiles and what simulates is part of the digest, as the package's version and its
    sources: an old measurement is never wrong, only unused.
    """

    def __init__(self, target: Target):
        self.directory = cache_directory() / "measured_plans"
        self.base = _digest(VERSION, sources_digest(), repr(target))

    def path(self, work: WindowWork, engine: Engine, plan: WindowPlan) -> Path:
        """The file of a measurement; the names of layers do not matter."""
        values = json.dumps(asdict(plan) | {"reason": ""}, sort_keys=True)
        return self.directory / f"{_digest(self.base, repr(work), repr(engine), values)}.json"

    def load(self, path: Path) -> int | None:
        """The cycles in a file; None where there is none that can be read."""
        try:
            cycles = json.loads(path.read_text("utf-8"))["cycles"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cycles if isinstance(cycles, int) else None

    def save(self, path: Path, cycles: int) -> None:
        """Keep a measurement. Raises `NmcError` where the cache cannot be written."""
        self.directory.mkdir(parents=True, exist_ok=True)
        write_file(path, json.dumps({"cycles": cycles}) + "\n")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


@cache
def sources_digest() -> str:
    """Of all that compiles and simulates, as it was when first asked for.

    Of what it says a measurement is never wrong.
    """
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in (".py", ".csv", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
