"""One function at a time."""

from collections.abc import Iterable

from xdsl.dialects import func, riscv_func
from xdsl.ir import Block, Operation, Region
from xdsl.traits import MemoryEffectKind, get_effects
from xdsl.utils.exceptions import DiagnosticException

from nmc.passes.micro_to_machine import compute, control, gather, integers, memory, sums
from nmc.passes.micro_to_machine.lowering import REGISTER, Lowering, Rule

RULES: dict[type[Operation], Rule] = {
    **integers.RULES,
    **control.RULES,
    **memory.RULES,
    **compute.RULES,
    **gather.RULES,
    **sums.RULES,
}


def lower_function(function: func.FuncOp, features: Iterable[str]) -> riscv_func.FuncOp:
    """The machine form of a function of micro IR; its attributes are kept."""
    if len(function.body.blocks) != 1:
        raise DiagnosticException(
            f"convert-micro-to-machine: @{function.sym_name.data} must have one block"
        )
    old = function.body.block
    new = Block(arg_types=[REGISTER] * len(old.args))
    for before, after in zip(old.args, new.args, strict=True):
        after.name_hint = before.name_hint
    Lowering(RULES, features).block(old, new)
    remove_unused(new)
    types = function.function_type
    machine = riscv_func.FuncOp(
        function.sym_name.data,
        Region(new),
        (
            [REGISTER] * len(types.inputs.data),
            [REGISTER] * len(types.outputs.data),
        ),
    )
    kept = {k: v for k, v in function.attributes.items() if k not in machine.attributes}
    machine.attributes |= kept
    return machine


def remove_unused(block: Block) -> None:
    """Removes instructions without effect whose results nobody uses, innermost users first."""
    for op in reversed(list(block.ops)):
        for region in op.regions:
            for inner in region.blocks:
                remove_unused(inner)
        unused = op.results and not any(result.first_use for result in op.results)
        if unused and not op.regions and _only_reads(op):
            op.detach()
            op.erase()


def _only_reads(op: Operation) -> bool:
    """Whether an operation changes nothing; reading x0 or memory is no change."""
    effects = get_effects(op)
    if effects is None or "volatile" in op.attributes:
        return False
    return all(effect.kind == MemoryEffectKind.READ for effect in effects)
