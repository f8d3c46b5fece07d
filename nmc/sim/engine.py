"""Compiles the generated engine once per user and machine, and loads it from the cache after.

numba caches machine code next to the source file it comes from and notices changes of that file
alone. So the generated source goes into a directory named by a hash of everything the machine code
depends on: the source itself (which holds the table's semantics), the modules it calls, and the
versions of Python and numba. Old directories are never wrong, only unused.
"""

import fcntl
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import llvmlite
import numba
import numba.core.config
import numpy as np

from nmc.files import cache_directory
from nmc.sim.build import PLAIN, Build
from nmc.sim.generator import VERSION, engine_source
from nmc.sim.jit import Ints
from nmc.sim.trivial import empty_machine

Engine = Callable[[Ints, Ints, Ints, int], int]
"""Runs a machine (its three arrays) until a time (exclusive); returns a STATUS_* number."""

RECURSION = 20_000

PARTS = (
    "access",
    "ahead",
    "ahead_layout",
    "arithmetic",
    "beats",
    "block",
    "code_guard",
    "contests",
    "csr",
    "dma",
    "event_unit",
    "events",
    "fetches",
    "icache",
    "jit",
    "l3",
    "layout",
    "loops",
    "peripherals",
    "recording",
    "replay",
    "replay_each",
    "rows",
    "scheduling",
    "split",
    "stops",
    "tcdm",
    "turns",
    "vectors",
)
"""The modules whose functions are compiled into the engine."""


@cache
def load_engine(build: Build = PLAIN) -> Engine:
    """The engine of a build, compiled or from the cache."""
    directory = _directory(build)
    name = directory.name
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.py"
    with _locked(directory / "lock"):
        if not path.exists():
            scratch = path.with_suffix(f".{os.getpid()}")
            scratch.write_text(engine_source(build), encoding="utf-8")
            scratch.replace(path)
        return _import(name, path)


def is_compiled(build: Build = PLAIN) -> bool:
    """Whether the engine's machine code is in the cache, so that loading it takes no time."""
    return any(_directory(build).glob("**/*.nbc"))


def warm_up(build: Build = PLAIN) -> None:
    """Has the engine compiled, if it is not yet: what a first run would otherwise wait for."""
    load_engine(build)


def _directory(build: Build) -> Path:
    return cache_directory() / f"nmc_engine_{_key(build)}"


def _key(build: Build) -> str:
    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__, str(VERSION))
    for text in (*versions, engine_source(build)):
        digest.update(text.encode())
    here = Path(__file__).parent
    patterns = (*(f"{part}.py" for part in PARTS), *build.parts)
    for path in (path for pattern in patterns for path in sorted(here.glob(pattern))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Lets one process compile while others wait for its result."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _import(name: str, path: Path) -> Engine:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    # numba finds the module of a cached function by name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    run = cast(Any, module).run
    _compile(run)
    return cast(Engine, run)


def _compile(run: Any) -> None:
    """Calls the engine on an empty machine, which has it compiled or loaded.

    There is nothing to vectorise, and trying takes a third of the compile time. numba follows the
    long choice of operations by recursion.
    """
    settings = cast(Any, numba.core.config)
    before = settings.LOOP_VECTORIZE, settings.SLP_VECTORIZE
    depth = sys.getrecursionlimit()
    settings.LOOP_VECTORIZE = settings.SLP_VECTORIZE = 0
    sys.setrecursionlimit(max(depth, RECURSION))
    try:
        run(*empty_machine(), 0)
    finally:
        sys.setrecursionlimit(depth)
        settings.LOOP_VECTORIZE, settings.SLP_VECTORIZE = before
