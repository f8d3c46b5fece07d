"""A printer for whole modules: the text of xDSL's, in half the time.

Most of a module's text is the same few types and properties again, and weights. Both are written
here without a walk over their parts.
"""

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerType
from xdsl.ir import Attribute
from xdsl.printer import Printer
from xdsl.utils.hints import isa

# xDSL prints shorter constants element by element, and longer ones in hexadecimal.
LISTED = 100


class TextPrinter(Printer):
    """Collects what is printed in `pieces`; columns are not counted, so it shows no diagnostics."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        # By identity, as comparing attributes costs as much as printing them. An entry keeps its
        # attribute alive, so that no other can take its place.
        self.known: dict[int, tuple[Attribute, str]] = {}

    def text(self) -> str:
        """What has been printed so far."""
        return "".join(self.pieces)

    def print_string(self, text: str, *, indent: int | None = None) -> None:
        """Append a text, its lines indented."""
        if "\n" in text:
            depth = self._indent if indent is None else indent
            text = text.replace("\n", "\n" + " " * (depth * self.indent_num_spaces))
        self.pieces.append(text)

    def _print_new_line(self, indent: int | None = None, print_message: bool = True) -> None:  # noqa: ARG002  (no messages)
        depth = self._indent if indent is None else indent
        self.pieces.append("\n" + " " * (depth * self.indent_num_spaces))

    def print_attribute(self, attribute: Attribute) -> None:
        """Append an attribute's text, made once for each object."""
        found = self.known.get(id(attribute))
        if found is None:
            found = attribute, self._attribute_text(attribute)
            self.known[id(attribute)] = found
        self.pieces.append(found[1])

    def _attribute_text(self, attribute: Attribute) -> str:
        outer, self.pieces = self.pieces, []
        if isa(attribute, DenseIntOrFPElementsAttr) and _in_hexadecimal(attribute):
            self.pieces.append(f'dense<"0x{attribute.data.data.hex().upper()}"> : ')
            self.print_attribute(attribute.get_type())
        else:
            super().print_attribute(attribute)
        text = "".join(self.pieces)
        self.pieces = outer
        return text


def _in_hexadecimal(attribute: DenseIntOrFPElementsAttr) -> bool:
    """Whether xDSL prints a constant's bytes, told by them alone: many integers, not all equal."""
    element = attribute.get_element_type()
    if not isinstance(element, IntegerType) or element.width.data < 8:
        return False
    data = attribute.data.data
    size = element.compile_time_size
    return len(data) > LISTED * size and data != data[:size] * (len(data) // size)
