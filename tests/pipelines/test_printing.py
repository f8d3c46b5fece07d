"""Modules as text."""

from io import StringIO

from nmc.pipelines.context import make_context
from nmc.pipelines.loading import parse_module
from nmc.pipelines.printing import ElidingPrinter, module_text

TEXT = """builtin.module {
  %small = arith.constant dense<[1, 2]> : tensor<2xi8>
  %large = arith.constant dense<7> : tensor<100xi8>
}
"""


def test_text_parses_back() -> None:
    module = parse_module(make_context(), TEXT, "in.mlir")
    text = module_text(module)
    again = parse_module(make_context(), text, "again.mlir")
    assert module_text(again) == text
    assert module.is_structurally_equivalent(again)


def test_large_constants_are_left_out_for_people() -> None:
    stream = StringIO()
    ElidingPrinter(stream, limit=16).print_op(parse_module(make_context(), TEXT, "in.mlir"))
    printed = stream.getvalue()
    assert "dense<[1, 2]> : tensor<2xi8>" in printed
    assert "dense_resource<__elided__> : tensor<100xi8>" in printed
