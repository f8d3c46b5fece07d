"""The notes of our own programs, as far as others than their compiler read them."""

from typing import Any, cast

from nmc.elf.model import META_SECTION
from nmc.errors import NmcError

_LISTS: dict[str, dict[str, type]] = {
    "layers": {"name": str, "symbol": str},
    "buffers": {
        "name": str,
        "space": str,
        "kind": str,
        "address": int,
        "bytes": int,
    },
}
_STACK = {"top": int, "bytes": int}


def checked_notes(notes: object, name: str) -> dict[str, Any]:
    """The notes of the file `name`; NmcError if an entry is missing or has another type."""
    found = _object(notes, {}, "", name)
    for key, entries in _LISTS.items():
        items = found.get(key, [])
        if not isinstance(items, list):
            raise _damaged(f"{key} is no list", name)
        for number, item in enumerate(cast("list[object]", items)):
            entry = _object(item, entries, f"{key}[{number}]", name)
            alive = entry.get("alive", [])
            layers = cast("list[object]", alive) if isinstance(alive, list) else [None]
            if not all(isinstance(layer, int) for layer in layers):
                raise _damaged(f"{key}[{number}].alive is no list of int", name)
    if "stack" in found:
        _object(found["stack"], _STACK, "stack", name)
    return found


def _object(value: object, entries: dict[str, type], place: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _damaged(f"{place or 'it'} is no object", name)
    found = cast("dict[str, Any]", value)
    for key, kind in entries.items():
        if not isinstance(found.get(key), kind):
            raise _damaged(f"{place}.{key} is not of type {kind.__name__}", name)
    return found


def _damaged(what: str, name: str) -> NmcError:
    return NmcError(f"{name}: section {META_SECTION}: {what}; compile the model again")
