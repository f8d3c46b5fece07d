"""Typed reading of a node's attributes, with a default for each and nothing left over."""

from collections.abc import Collection
from typing import NoReturn

from nmc.frontend.graph import Node


class Attributes:
    """Reads the attributes of one node; `finish` refuses those nobody asked for."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._left = dict(node.attributes)

    def integer(self, name: str, default: int, allowed: Collection[int] | None = None) -> int:
        value = self._left.pop(name, default)
        if not isinstance(value, int):
            self._malformed(name, "an integer")
        if allowed is not None and value not in allowed:
            choices = ", ".join(str(each) for each in allowed)
            self._node.refuse(f"attribute {name} = {value}", f"supported: {choices}")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._left.pop(name, default)
        if not isinstance(value, int | float):
            self._malformed(name, "a number")
        return float(value)

    def text(self, name: str, default: str, allowed: Collection[str]) -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str):
            self._malformed(name, "a string")
        if value not in allowed:
            self._node.refuse(f"attribute {name} = {value!r}", f"supported: {', '.join(allowed)}")
        return value

    def integers(self, name: str, default: list[int], least: int | None = None) -> tuple[int, ...]:
        """A list of as many integers as `default` has, none below `least`."""
        value = self.optional_integers(name)
        if value is None:
            return tuple(default)
        if len(value) != len(default):
            self._malformed(name, f"{len(default)} integers")
        if least is not None and any(each < least for each in value):
            self._node.refuse(f"attribute {name} = {list(value)}", f"none may be below {least}")
        return value

    def optional_integers(self, name: str) -> tuple[int, ...] | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list):
            self._malformed(name, "a list of integers")
        numbers = [each for each in value if isinstance(each, int)]
        if len(numbers) != len(value):
            self._malformed(name, "a list of integers")
        return tuple(numbers)

    def finish(self) -> None:
        for name in self._left:
            self._node.refuse(f"attribute {name!r} is not supported", "export without it")

    def _malformed(self, name: str, expected: str) -> NoReturn:
        self._node.refuse(f"attribute {name} must be {expected}", "export the model again")
