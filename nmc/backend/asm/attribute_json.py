"""xDSL attributes as JSON values."""

from typing import cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
    i1,
)
from xdsl.ir import Attribute

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def attribute_json(attribute: Attribute) -> Json:
    """Numbers, strings, arrays and dictionaries as themselves, unit as true, the rest as text."""
    match attribute:
        case IntegerAttr():
            value = attribute.value.data
            return bool(value) if attribute.type == i1 else value
        case FloatAttr():
            return attribute.value.data
        case StringAttr():
            return attribute.data
        case UnitAttr():
            return True
        case SymbolRefAttr():
            return attribute.string_value()
        case DenseArrayBase():
            return list(cast(DenseArrayBase[IntegerType], attribute).get_values())
        case ArrayAttr():
            items: list[Attribute] = list(attribute.data)
            return [attribute_json(item) for item in items]
        case DictionaryAttr():
            return {name: attribute_json(value) for name, value in attribute.data.items()}
        case _:
            return str(attribute)
