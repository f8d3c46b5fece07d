"""The machine a module is compiled for."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from nmc.options import Options
from nmc.targets import Target, load_target, with_overrides


def resolve_target(module: ModuleOp) -> Target:
    """The description of the module's target, with the module's cores, memory sizes and features.

    Raises NmcError when the module names no known target or an override does not fit it.
    """
    options = Options.of_module(module)
    target = load_target(options.target_text or options.target)
    return with_overrides(
        target, cores=options.cores, l1=options.l1, l3=options.l3, features=options.features
    )
