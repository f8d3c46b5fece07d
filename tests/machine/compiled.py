"""Text through the machine passes, for tests that look at the result."""

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import ModulePass

from nmc.backend.machine.assembly import assembly_line
from nmc.dialects import get_all_dialects


def parse(text: str) -> ModuleOp:
    """A verified module."""
    context = Context()
    for name, load in get_all_dialects().items():
        if name.startswith(("builtin", "riscv", "rv32", "xpulp", "xnm")):
            context.register_dialect(name, load)
    module = Parser(context, text).parse_module()
    module.verify()
    return module


def run_passes(module: ModuleOp, passes: Sequence[ModulePass]) -> None:
    """Run passes one after the other, verifying after each."""
    for step in passes:
        step.apply(Context(), module)
        module.verify()


def lines_of(module: ModuleOp, function: str) -> list[str]:
    """The assembly of one flat function, labels included."""
    for op in module.ops:
        if isinstance(op, riscv_func.FuncOp) and op.sym_name.data == function:
            lines = [assembly_line(inner) for inner in op.body.block.ops]
            return [" ".join(line.split()) for line in lines if line is not None]
    raise KeyError(function)
