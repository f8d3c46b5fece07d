"""Frames and the deepest chain of calls."""

import pytest

from nmc.backend.machine.stack import worst_stack_bytes
from nmc.errors import NmcError

from .compiled import parse


def function(name: str, frame: int, *callees: str) -> str:
    calls = "\n".join(f"riscv_func.call @{callee}() : () -> ()" for callee in callees)
    attributes = f"attributes {{frame_bytes = {frame} : i32}}"
    return f"riscv_func.func @{name}() {attributes} {{\n{calls}\nriscv_func.return\n}}"


def test_the_deepest_chain_counts():
    module = parse(
        "\n".join(
            [
                function("main", 16, "a", "b"),
                function("a", 32, "c"),
                function("b", 64),
                function("c", 48),
                function("unused", 400),
            ]
        )
    )
    assert worst_stack_bytes(module, "main") == 16 + 32 + 48
    assert worst_stack_bytes(module, "b") == 64
    assert worst_stack_bytes(module) == 400


def test_recursion_is_refused():
    module = parse(function("a", 16, "b") + function("b", 16, "a"))
    with pytest.raises(NmcError, match="a -> b -> a"):
        worst_stack_bytes(module, "a")
