"""Frozen dataclasses out of JSON, checked field by field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from nmc.errors import NmcError

T = TypeVar("T")


@dataclass(frozen=True)
class RecordReader:
    """Reads one kind of file; every complaint ends in the remedy for that kind."""

    version: int
    """What the file's `schema_version` has to be."""
    remedy: str

    def read(self, cls: type[T], text: str, place: str) -> T:
        """The dataclass in a text; raises `NmcError` naming `place` and the key that is wrong."""
        try:
            raw: Any = json.loads(text)
        except ValueError as error:
            raise NmcError(f"{place}: is not JSON ({error}); {self.remedy}") from error
        version: Any = (
            cast("Mapping[str, Any]", raw).get("schema_version") if isinstance(raw, dict) else None
        )
        if version != self.version:
            raise NmcError(
                f"{place}: schema version {version}, this nmc reads {self.version}; {self.remedy}"
            )
        return self._record(cls, raw, place)

    def _record(self, cls: type[T], raw: Any, place: str) -> T:
        """A dataclass from the JSON object of its fields; other keys are left alone."""
        if not isinstance(raw, dict):
            raise NmcError(f"{place}: must be an object; {self.remedy}")
        table = cast("dict[str, Any]", raw)
        hints = get_type_hints(cls)
        names = [field.name for field in fields(cast(Any, cls))]
        for name in names:
            if name not in table:
                raise NmcError(f"{place}: '{name}' is missing; {self.remedy}")
        values = {name: self._value(hints[name], table[name], f"{place}: {name}") for name in names}
        return cls(**values)

    def _value(self, hint: Any, value: Any, place: str) -> Any:
        """A JSON value as the type a field is declared with."""
        origin, arguments = get_origin(hint), get_args(hint)
        if is_dataclass(hint):
            return self._record(cast("type[Any]", hint), value, place)
        if origin is tuple and isinstance(value, list):
            items = cast("list[Any]", value)
            return tuple(
                self._value(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(items)
            )
        if origin is dict and isinstance(value, dict):
            pairs = cast("dict[str, Any]", value)
            return {
                key: self._value(arguments[1], item, f"{place}.{key}")
                for key, item in pairs.items()
            }
        if origin in (Union, UnionType):
            for argument in arguments:
                if argument is NoneType and value is None:
                    return None
                if is_dataclass(argument) and isinstance(value, dict):
                    return self._record(cast("type[Any]", argument), value, place)
                if isinstance(argument, type) and _is(value, argument):
                    return value
        elif isinstance(hint, type) and _is(value, hint):
            return float(value) if hint is float else value
        raise NmcError(f"{place}: {value!r} has the wrong type; {self.remedy}")


def _is(value: Any, kind: type[Any]) -> bool:
    """Whether a JSON value is of a plain type: an int passes for a float, a bool not for an int."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
