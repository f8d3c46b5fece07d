"""Which registers a call overwrites.

By the ABI those that the caller saves. A function that is marked promises nothing about the others
either: it saves only its return address, and who calls it keeps nothing in registers. So it is
with the layers of a network, whose caller has nothing to keep.
"""

from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.traits import SymbolTable

from nmc.backend.machine.registers import CALLEE_SAVED, CALLER_SAVED

OVERWRITES_ALL = "nmc.overwrites_all"
"""Attribute of a function that does not save the callee-saved registers."""


def overwrites_all(function: Operation | None) -> bool:
    """Whether a function is marked."""
    return function is not None and OVERWRITES_ALL in function.attributes


def overwritten_by(call: riscv_func.CallOp) -> tuple[int, ...]:
    """Numbers of the registers that a call overwrites; a callee that is not there keeps the ABI."""
    module = call.parent_op()
    while module is not None and not isinstance(module, ModuleOp):
        module = module.parent_op()
    if module is not None and overwrites_all(SymbolTable.lookup_symbol(module, call.callee)):
        return (*CALLER_SAVED, *CALLEE_SAVED)
    return CALLER_SAVED
