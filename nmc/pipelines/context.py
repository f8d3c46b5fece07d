"""The xDSL context every tool works in: all dialects registered, none loaded before it is used."""

from xdsl.context import Context

from nmc.dialects import get_all_dialects


def make_context() -> Context:
    """A context that knows every dialect of the registry and loads one when it is first parsed."""
    context = Context()
    for name, factory in get_all_dialects().items():
        context.register_dialect(name, factory)
    return context
