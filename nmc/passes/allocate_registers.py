"""Register allocation over the structured machine level."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.riscv_func import CallOp, FuncOp
from xdsl.passes import ModulePass

from nmc.backend.machine.allocation import allocate_function
from nmc.backend.machine.calls import record_overwritten


@dataclass(frozen=True)
class AllocateRegistersPass(ModulePass):
    """Give every value a machine register; insert copies, spills and reloads where needed.

        riscv_func.func @f(%a: !riscv.reg, %b: !riscv.reg) {
          %s = riscv.add %a, %b : (!riscv.reg, !riscv.reg) -> !riscv.reg
          riscv_func.return %s : !riscv.reg
        }

    becomes

        riscv_func.func @f(%a: !riscv.reg<a0>, %b: !riscv.reg<a1>) {
          %s = riscv.add %a, %b : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<a0>
          riscv_func.return %s : !riscv.reg<a0>
        }

    Afterwards a loop's carried value has one register before, in and after the loop, and tied
    operands have their result's. Spill slots are counted in the function's `spill_bytes`; on a
    function without calls `nmc.overwrites` names the caller-saved registers that it writes, by
    number, and its callers keep values in the others.
    """

    name = "allocate-registers"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        functions = [f for f in op.ops if isinstance(f, FuncOp) and f.body.blocks]
        # Those without calls first: then it is known what a call of them overwrites.
        for function in sorted(functions, key=_calls):
            allocate_function(function)
            record_overwritten(function)


def _calls(function: FuncOp) -> bool:
    return any(isinstance(op, CallOp) for op in function.walk())
