"""From a module of flat machine code to an assembly program, and on to an ELF file.

The module is what `flatten-control-flow` leaves: functions of one block whose operations print as
one line of assembly each, `cluster.data` operations, and module attributes with the plans
(`nmc.buffers`, `nmc.layers`, `nmc.inputs`, `nmc.outputs`, `nmc.stack_top`, `nmc.stack_bytes`).
"""

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr, ModuleOp, StringAttr
from xdsl.dialects.riscv import RISCVAsmOperation

from nmc.backend.asm.boot import Stacks, boot_program, default_stacks
from nmc.backend.asm.expressions import Expression
from nmc.backend.asm.image import build_image, section_bases
from nmc.backend.asm.layout import lay_out
from nmc.backend.asm.memory_sections import memory_sections
from nmc.backend.asm.meta import meta_section
from nmc.backend.asm.parser import parse_assembly
from nmc.backend.asm.printer import STOCK_OPTIONS, number_lines, print_assembly, print_stock
from nmc.backend.asm.statements import (
    Align,
    Comment,
    Label,
    Section,
    Statements,
    SymbolSize,
    SymbolType,
)
from nmc.backend.asm.symbol_names import SymbolNames
from nmc.backend.machine.assembly import assembly_line
from nmc.backend.machine.stack import worst_stack_bytes
from nmc.backend.planning.target_of import resolve_target
from nmc.errors import NmcError
from nmc.targets import Target

MAIN = "main"


def emit_assembly(module: ModuleOp, style: str = "pulp") -> str:
    """The complete assembly text of a module.

    `pulp` prints the table's mnemonics; `stock` prints everything outside RV32IM as `.insn`, for
    LLVM's and GNU's assemblers. `assemble` makes the same bytes of both.
    """
    target = resolve_target(module)
    return _text(emit(module, target), target, style)


def assemble(text: str, target: Target, source: str = "assembly") -> bytes:
    """The ELF file of an assembly text; NmcError names `source`, the line and the reason."""
    return build_image(parse_assembly(text, source), target)


def emit_elf(module: ModuleOp) -> bytes:
    """The ELF file of a module, the same as assembling its text."""
    target = resolve_target(module)
    return build_image(emit(module, target), target)


def emit_program(module: ModuleOp, style: str = "pulp") -> tuple[bytes, str]:
    """Both: the ELF file and the assembly text."""
    target = resolve_target(module)
    program = emit(module, target)
    return build_image(program, target), _text(program, target, style)


def _text(program: Statements, target: Target, style: str) -> str:
    if style == "pulp":
        return print_assembly(program)
    if style != "stock":
        raise NmcError(f"assembly style '{style}' is unknown; choose from pulp, stock")
    layout = lay_out(program)
    return print_stock(layout, section_bases(layout, target))


def emit(module: ModuleOp, target: Target) -> Statements:
    """The statements of a module: start-up code (if there is a @main), functions, memories, meta.

    NmcError if a function is not flat, or its frames exceed the stack the plan reserves.
    """
    program = Statements()
    program.add(*STOCK_OPTIONS)
    functions = [op for op in module.ops if isinstance(op, riscv_func.FuncOp) and op.body.blocks]
    stacks = stacks_of(module, target)
    if any(function.sym_name.data == MAIN for function in functions):
        _check_stack(module, stacks)
        program.extend(boot_program(target, stacks, MAIN))
    if functions:
        program.add(Section(".text", "ax"), Align(target.icache.line_bytes))
    for function in functions:
        program.extend(_function(function, target.icache.line_bytes))
    number_lines(program)
    names = SymbolNames(item.name for item in program.items if isinstance(item, Label))
    program.extend(memory_sections(module, target, stacks, names))
    program.extend(meta_section(module, target, stacks, names))
    return program


def stacks_of(module: ModuleOp, target: Target) -> Stacks:
    """Where the cores' stacks are: as memory was planned, or where the target has them."""
    top, size = (module.attributes.get(f"nmc.stack_{name}") for name in ("top", "bytes"))
    if isinstance(top, IntegerAttr) and isinstance(size, IntegerAttr):
        return Stacks(top.value.data, size.value.data)
    return default_stacks(target)


def _check_stack(module: ModuleOp, stacks: Stacks) -> None:
    needed = worst_stack_bytes(module, MAIN)
    if needed > stacks.bytes:
        raise NmcError(
            f"the calls of @{MAIN} need {needed} bytes of stack on each core and {stacks.bytes} "
            "are reserved; raise the target's cluster.stack_bytes"
        )


def _function(function: riscv_func.FuncOp, alignment: int) -> Statements:
    name = function.sym_name.data
    if len(function.body.blocks) != 1:
        raise NmcError(f"function @{name} has several blocks; run flatten-control-flow first")
    lines: list[str] = []
    for op in function.body.block.ops:
        if not isinstance(op, RISCVAsmOperation):
            raise NmcError(
                f"function @{name}: {op.name} is no instruction; run the machine passes up to "
                "flatten-control-flow first"
            )
        line = assembly_line(op)
        if line is not None:
            lines.append(line)
    program = Statements()
    if (title := _title(function)) is not None:
        program.add(Comment(title))
    program.add(SymbolType(name, "function"), Label(name))
    program.extend(parse_assembly("\n".join(lines), f"function @{name}"))
    program.add(SymbolSize(name, Expression(".", name)), Align(alignment))
    return program


def _title(function: riscv_func.FuncOp) -> str | None:
    """A comment for a layer's function: its name and operation."""
    layer = function.attributes.get("nmc.layer")
    if not isinstance(layer, DictionaryAttr):
        return None
    words = [layer.data.get(key) for key in ("op", "name", "kernel")]
    return "layer: " + " ".join(word.data for word in words if isinstance(word, StringAttr))
