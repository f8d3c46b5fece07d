"""Attributes as plain Python values, for reading what passes have recorded in a module."""

from typing import Any, cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    IntAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
)
from xdsl.ir import Attribute
from xdsl.utils.hints import isa

from nmc.errors import NmcError


def plain_value(attribute: Attribute) -> Any:
    """Strings, numbers, tuples (arrays) and dictionaries; any other attribute as its text."""
    match attribute:
        case StringAttr():
            return attribute.data
        case IntegerAttr():
            number = cast("IntegerAttr[Any]", attribute).value.data
            return bool(number) if isa(attribute, BoolAttr) else number
        case FloatAttr():
            return cast("FloatAttr[Any]", attribute).value.data
        case IntAttr():
            return attribute.data
        case DenseArrayBase():
            return tuple(cast("DenseArrayBase[Any]", attribute).get_values())
        case ArrayAttr():
            return tuple(plain_value(item) for item in attribute)
        case DictionaryAttr():
            return {name: plain_value(item) for name, item in attribute.data.items()}
        case SymbolRefAttr():
            return attribute.string_value()
        case UnitAttr():
            return True
        case _:
            return str(attribute)


class Record:
    """A dictionary attribute read field by field, every complaint naming what it belongs to."""

    def __init__(self, fields: dict[str, Any], place: str):
        self.fields = fields
        self.place = place

    def get(self, name: str, kind: type[Any], default: Any = None) -> Any:
        """The field as a `kind`; `default` where it is missing, if one is given.

        Raises `NmcError` where the field is missing without a default or of another type.
        """
        value = self.fields.get(name, default)
        if value is None:
            raise NmcError(f"{self.place}: '{name}' is missing; run the passes before this one")
        if kind is float and isinstance(value, int):
            value = float(value)
        if not isinstance(value, kind):
            raise NmcError(f"{self.place}: '{name}' is {value!r}, expected {kind.__name__}")
        return value

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self.fields


def records(attribute: Attribute | None, place: str) -> list[Record]:
    """The dictionaries of an array attribute. Raises `NmcError` for anything else."""
    if attribute is None:
        raise NmcError(f"module attribute '{place}' is missing; run the passes before this one")
    values: Any = plain_value(attribute)
    if not isinstance(values, tuple):
        raise NmcError(f"module attribute '{place}' must be an array of dictionaries")
    found: list[Record] = []
    for index, value in enumerate(cast("tuple[Any, ...]", values)):
        if not isinstance(value, dict):
            raise NmcError(f"module attribute '{place}' must be an array of dictionaries")
        found.append(Record(cast("dict[str, Any]", value), f"{place}[{index}]"))
    return found
