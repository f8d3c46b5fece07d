"""From a TOML table to a frozen dataclass: every key known, present and of its declared type."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from nmc.errors import NmcError

T = TypeVar("T")


def read_dataclass(cls: type[T], table: Mapping[str, Any], source: str, path: str = "") -> T:
    """Build `cls` from a TOML table.

    `source` names the file and `path` the table in errors. Integers must not be negative. NmcError
    on an unknown key, a missing key or a value of another type.
    """
    hints = get_type_hints(cls)
    for key in table:
        if key not in hints:
            raise target_error(
                source, path + key, f"unknown key; known: {', '.join(sorted(hints))}"
            )
    values: dict[str, Any] = {}
    for key, hint in hints.items():
        if key not in table:
            raise target_error(source, path + key, "missing")
        values[key] = _read_value(hint, table[key], source, path + key)
    return cls(**values)


def target_error(source: str, key: str, reason: str) -> NmcError:
    """The one-line error for a value of a target description."""
    return NmcError(f"target {source}: {key}: {reason}")


def _read_value(hint: Any, value: Any, source: str, key: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise target_error(source, key, "expected a list")
        item = get_args(hint)[0]
        items = cast(list[Any], value)
        return tuple(_read_value(item, v, source, f"{key}[{i}]") for i, v in enumerate(items))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise target_error(source, key, "expected a table")
        nested: Any = hint
        return read_dataclass(nested, cast(dict[str, Any], value), source, key + ".")
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if value <= 0:
            raise target_error(source, key, f"{value} is not positive")
        return float(value)
    if not isinstance(value, hint) or isinstance(value, bool):
        raise target_error(source, key, f"expected {_KINDS[hint]}, got {value!r}")
    if isinstance(value, int) and value < 0:
        raise target_error(source, key, f"{value} is negative")
    return value


_KINDS: Mapping[type, str] = {int: "an integer", float: "a number", str: "a string"}
