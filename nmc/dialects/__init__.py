"""Registry of dialects: one line a dialect, imported when its first operation is parsed.

To add one, add ``"prefix": "module:Object"`` to `OURS`, the object being its xDSL `Dialect`.
"""

from collections.abc import Callable
from importlib import import_module

from xdsl.dialects import get_all_dialects as get_upstream_dialects
from xdsl.ir import Dialect

OURS: dict[str, str] = {
    # One dialect a line, anywhere in this table; it is sorted when it is read.
    "cluster": "nmc.dialects.cluster:Cluster",
    "nm": "nmc.dialects.nm:Nm",
    "xnm": "nmc.dialects.xnm:XNM",
    "xpulp": "nmc.dialects.xpulp:XPULP",
    "qnn": "nmc.dialects.qnn:Qnn",
    "micro": "nmc.dialects.micro:Micro",
    "tile": "nmc.dialects.tile:Tile",
}

# What we use of xDSL's own dialects ("test" is for FileCheck tests).
UPSTREAM: tuple[str, ...] = (
    "arith",
    "builtin",
    "cf",
    "func",
    "math",
    "memref",
    "riscv",
    "riscv_cf",
    "riscv_func",
    "riscv_scf",
    "rv32",
    "scf",
    "tensor",
    "test",
    "vector",
)


def _importer(place: str) -> Callable[[], Dialect]:
    """The thunk that imports the dialect at `place` ("module:Object")."""

    def load() -> Dialect:
        module, attribute = place.split(":")
        return getattr(import_module(module), attribute)

    return load


def get_all_dialects() -> dict[str, Callable[[], Dialect]]:
    """Every dialect our tools parse, by prefix in sorted order; a value imports it when called."""
    upstream = get_upstream_dialects()
    table = {name: upstream[name] for name in UPSTREAM}
    table |= {name: _importer(place) for name, place in OURS.items()}
    return dict(sorted(table.items()))
