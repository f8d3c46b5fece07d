"""The imported graph before it becomes IR: plain data, free of protocol buffers.

Everything read from a file is checked while it is turned into these classes, so the rest of the
frontend deals with well-formed data and only with questions of meaning.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from nmc.errors import NmcError

Array = npt.NDArray[Any]
AttributeValue = int | float | str | list[int] | list[float] | list[str] | Array


@dataclass
class Node:
    """One operator. `name` is unique in the graph; an absent optional input is ''."""

    name: str
    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, AttributeValue] = field(default_factory=dict[str, AttributeValue])
    domain: str = ""

    def refusal(self, reason: str, remedy: str) -> NmcError:
        """The one-line error about this node."""
        place = f"node {one_line(self.name)!r} ({one_line(self.op)})"
        return NmcError(f"{place}: {one_line(reason)}: {one_line(remedy)}")

    def refuse(self, reason: str, remedy: str) -> NoReturn:
        """Raises the one-line error about this node."""
        raise self.refusal(reason, remedy)

    def input(self, index: int) -> str:
        """The name of an input, '' when it is absent."""
        return self.inputs[index] if index < len(self.inputs) else ""


@dataclass(frozen=True)
class Port:
    """An input or output of the whole graph, batch already set to 1.

    `shape` is None for an output whose shape the file does not state.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...] | None


@dataclass
class Graph:
    """Nodes in topological order, each tensor name defined once."""

    name: str
    opset: int
    inputs: list[Port]
    outputs: list[Port]
    nodes: list[Node]
    constants: dict[str, Array]

    def producers(self) -> dict[str, Node]:
        """The node that computes each tensor."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    def consumers(self) -> dict[str, list[Node]]:
        """The nodes that read each tensor, each once."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                if name:
                    found.setdefault(name, []).append(node)
        return found


def one_line(text: object) -> str:
    """Any text, an exception's included, squeezed into one printable line of bounded length."""
    squeezed = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return squeezed if len(squeezed) <= 300 else squeezed[:297] + "..."
