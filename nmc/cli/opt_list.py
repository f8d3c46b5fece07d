"""The lines of `nmc-opt --list-passes`."""

import inspect

from nmc.passes import UPSTREAM, get_all_passes
from nmc.pipelines.named import NAMED_PIPELINES


def _summary(step: type) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(step) or "").partition("\n")[0]


def list_passes() -> str:
    """All passes, then all named pipelines, sorted, a line each: the name and what it does."""
    passes = {name: factory() for name, factory in get_all_passes().items()}
    rows = [(name, UPSTREAM.get(name) or _summary(step)) for name, step in passes.items()]
    rows += [(name, f"(pipeline) {_summary(step)}") for name, step in NAMED_PIPELINES.items()]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {summary}" for name, summary in rows)
