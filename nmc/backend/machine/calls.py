"""Which registers a call overwrites.

By the ABI those that the caller saves; of a function that calls none itself those it writes, which
are recorded on it when it has been allocated. A function that is marked promises nothing about the
others either: it saves only its return address, and who calls it keeps nothing in registers. So it
is with the layers of a network, whose caller has nothing to keep.
"""

from xdsl.dialects import riscv_func, rv32
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp, i64
from xdsl.ir import Operation
from xdsl.traits import SymbolTable

from nmc.backend.machine.registers import CALLEE_SAVED, CALLER_SAVED, RA, number_of

OVERWRITES_ALL = "nmc.overwrites_all"
"""Attribute of a function that does not save the callee-saved registers."""


def overwrites_all(function: Operation | None) -> bool:
    """Whether a function is marked."""
    return function is not None and OVERWRITES_ALL in function.attributes


OVERWRITES = "nmc.overwrites"
"""Attribute of an allocated function without calls: the caller-saved registers that it writes."""


def record_overwritten(function: riscv_func.FuncOp) -> None:
    """Note on an allocated function which caller-saved registers it writes, if it calls none."""
    if any(isinstance(op, riscv_func.CallOp) for op in function.walk()):
        return
    written = {RA}
    for op in function.walk():
        if not isinstance(op, rv32.GetRegisterOp):
            values = [*op.results, *(arg for region in op.regions for arg in region.block.args)]
            written |= {number for value in values if (number := number_of(value.type))}
    kept = sorted(written.intersection(CALLER_SAVED))
    function.attributes[OVERWRITES] = DenseArrayBase.from_list(i64, kept)


def recorded_on(function: Operation | None) -> tuple[int, ...] | None:
    """The registers recorded on a function; None where none are."""
    recorded = None if function is None else function.attributes.get(OVERWRITES)
    if not isinstance(recorded, DenseArrayBase):
        return None
    return tuple(int(number) for number in recorded.get_values())


def overwritten_by(call: riscv_func.CallOp) -> tuple[int, ...]:
    """Numbers of the registers that a call overwrites; a callee that is not there keeps the ABI."""
    module = call.parent_op()
    while module is not None and not isinstance(module, ModuleOp):
        module = module.parent_op()
    callee = None if module is None else SymbolTable.lookup_symbol(module, call.callee)
    if overwrites_all(callee):
        return (*CALLER_SAVED, *CALLEE_SAVED)
    recorded = recorded_on(callee)
    return CALLER_SAVED if recorded is None else recorded
