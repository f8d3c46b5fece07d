"""A module as text: whole for files, with large constants left out for people."""

from typing import IO

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Attribute
from xdsl.printer import Printer
from xdsl.utils.hints import isa

from nmc.pipelines.text_printer import TextPrinter

ELIDED = "dense_resource<__elided__>"


class ElidingPrinter(Printer):
    """A printer that writes `dense_resource<__elided__>` for constants over `limit` bytes.

    What it prints shows the structure of a program; it does not stand for the program.
    """

    def __init__(self, stream: IO[str], limit: int = 64, print_generic_format: bool = False):
        super().__init__(stream=stream, print_generic_format=print_generic_format)
        self.limit = limit

    def print_attribute(self, attribute: Attribute) -> None:
        """Print an attribute, a large dense one by its type alone."""
        if isa(attribute, DenseIntOrFPElementsAttr) and len(attribute.data.data) > self.limit:
            self.print_string(f"{ELIDED} : ")
            super().print_attribute(attribute.get_type())
            return
        super().print_attribute(attribute)


def module_text(module: ModuleOp) -> str:
    """The text of a module that parses back to it."""
    printer = TextPrinter()
    printer.print_op(module)
    return printer.text() + "\n"
