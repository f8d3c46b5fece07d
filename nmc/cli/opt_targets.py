"""What `nmc-opt -t` can write beside IR: the assembly and the ELF file of a flat module."""

from dataclasses import dataclass
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.utils.target import Target

from nmc.backend.asm.emission import emit_assembly, emit_elf
from nmc.errors import NmcError
from nmc.options import Options

ELF = "elf"


def require_machine_code(module: ModuleOp) -> None:
    """Refuse a module with a function that is not lowered, which would be left out silently."""
    for op in module.ops:
        if isinstance(op, FuncOp) and not op.is_declaration:
            raise NmcError(
                f"function @{op.sym_name.data} is not machine code yet; "
                "lower the module first, for example with -p nmc-default"
            )


@dataclass(frozen=True)
class AssemblyTarget(Target):
    """The assembly of a flat module, in the style the module asks for unless `style` says."""

    name = "asm"

    style: str | None = None

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:  # noqa: ARG002  (xDSL's signature)
        """Write the text."""
        require_machine_code(module)
        output.write(emit_assembly(module, self.style or Options.of_module(module).asm))


@dataclass(frozen=True)
class ElfTarget(Target):
    """The ELF file of a flat module."""

    name = ELF

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:  # noqa: ARG002  (xDSL's signature)
        """Write the bytes, one character each, for a text stream that is encoded as Latin-1."""
        require_machine_code(module)
        output.write(emit_elf(module).decode("latin-1"))
