"""Registry of passes: one line a pass, imported only when it is used.

The name decides everything: pass ``foo-bar`` is class ``FooBarPass`` in ``nmc/passes/foo_bar.py``.
To add one, add its name to `OURS`. Passes are not imported here, so that a driver that runs
two of them loads two of them.
"""

from collections.abc import Callable
from importlib import import_module

from xdsl.passes import ModulePass
from xdsl.transforms import get_all_passes as get_upstream_passes

OURS: tuple[str, ...] = (
    "select-kernels",
    "pack-weights",
    "tile",
    "parallelize",
    "double-buffer",
    "plan-memory",
    "stream-weights",
    "time-layers",
    "convert-cluster-to-micro",
    "attach-options",
    "convert-micro-to-machine",
    "convert-tile-to-micro",
    "set-stage",
    "allocate-registers",
    "flatten-control-flow",
    "form-hardware-loops",
    "form-post-increments",
    "insert-prologue-epilogue",
    "schedule",
    "verify-allocation",
    "canonicalize-machine",
    # One pass a line, anywhere in this list; it is sorted when it is read.
    "fold-qdq",
    "fuse-add",
    "fuse-attention",
    "fuse-compounds",
    "detect-nm",
    "impose-nm",
    "nm-decode",
    "to-channels-last",
)

# What we use of xDSL's own passes, each with what `--list-passes` says of it.
UPSTREAM: dict[str, str] = {
    "canonicalize": "Fold and simplify operations until nothing changes.",
    "cse": "Replace operations without side effects that compute the same value by one of them.",
    "dce": "Remove operations without side effects whose results are not used.",
    "reconcile-unrealized-casts": "Remove pairs of casts that undo each other.",
}


def _importer(name: str) -> Callable[[], type[ModulePass]]:
    """The thunk that imports pass `name` of ours."""

    def load() -> type[ModulePass]:
        module = import_module(f"nmc.passes.{name.replace('-', '_')}")
        class_name = "".join(word[0].upper() + word[1:] for word in name.split("-")) + "Pass"
        return getattr(module, class_name)

    return load


def get_all_passes() -> dict[str, Callable[[], type[ModulePass]]]:
    """Every pass `nmc-opt` knows, by name in sorted order; a value imports its pass when called."""
    upstream = get_upstream_passes()
    table = {name: upstream[name] for name in UPSTREAM}
    table |= {name: _importer(name) for name in OURS}
    return dict(sorted(table.items()))
