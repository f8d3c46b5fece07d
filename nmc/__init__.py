"""nmc: a multi-level compiler for N:M-pruned int8 networks on PULP clusters.

`compile`, `Program` and `Result` are the Python interface; they are imported when they are used,
because the simulator imports this package too and needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nmc.version import VERSION

if TYPE_CHECKING:
    from nmc.api import compile as compile
    from nmc.program import Program as Program
    from nmc.program import Result as Result

__version__ = VERSION

_LAZY = {"compile": "nmc.api", "Program": "nmc.program", "Result": "nmc.program"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'nmc' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)
