"""The independent check of register allocation."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.riscv_func import FuncOp
from xdsl.passes import ModulePass

from nmc.backend.machine.verification import verify_allocation


@dataclass(frozen=True)
class VerifyAllocationPass(ModulePass):
    """Reject allocated code in which a register does not hold the value an operation reads.

        %s = riscv.add %a, %b : (!riscv.reg<a0>, !riscv.reg<a1>) -> !riscv.reg<a1>
        %t = riscv.sub %s, %b : (!riscv.reg<a1>, !riscv.reg<a1>) -> !riscv.reg<a0>

    is refused: riscv.sub: register a1 does not hold %b here but %s. Changes nothing. Runs after
    allocate-registers and again after insert-prologue-epilogue, when it also checks that every
    return finds the callee-saved registers restored.
    """

    name = "verify-allocation"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, FuncOp) and function.body.blocks:
                verify_allocation(function)
