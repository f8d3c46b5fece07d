"""Names of the IR as symbols an assembler accepts."""

import re
from collections.abc import Iterable

_INVALID = re.compile(r"[^\w.$]", re.ASCII)


class SymbolNames:
    """Gives every name a symbol of its own: other characters become `_`, clashes get a number.

    `reserved` are symbols that are something else already.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._symbols: dict[str, str] = {}
        self._taken = set(reserved)

    def symbol(self, name: str) -> str:
        """The symbol of `name`, always the same."""
        if name not in self._symbols:
            plain = _INVALID.sub("_", name)
            if not plain or plain[0].isdigit() or plain.startswith(".L"):
                plain = f"_{plain}"
            candidate, number = plain, 1
            while candidate in self._taken:
                number += 1
                candidate = f"{plain}.{number}"
            self._symbols[name] = candidate
            self._taken.add(candidate)
        return self._symbols[name]
