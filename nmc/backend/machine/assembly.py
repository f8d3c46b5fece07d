"""The line of assembly of an operation of flat code, in the instruction table's syntax.

xDSL's instructions print themselves; the exceptions are here: loads and stores (xDSL prints
`lb rd, rs1, imm` for all but words), calls, the upper twenty bits of `lui`, and CSR numbers.
"""

from xdsl.backend.assembly_printer import AssemblyPrinter
from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.abstract_ops import (
    CsrBitwiseImmOperation,
    CsrBitwiseOperation,
    CsrReadWriteImmOperation,
    CsrReadWriteOperation,
    RISCVAsmOperation,
    assembly_arg_str,
)
from xdsl.ir import Operation

LOADS = riscv.LbOp | riscv.LbuOp | riscv.LhOp | riscv.LhuOp | riscv.LwOp
STORES = riscv.SbOp | riscv.ShOp | riscv.SwOp


def assembly_line(op: Operation) -> str | None:
    """One line for one instruction or label, None for what prints nothing (`get_register`).

    Raises TypeError for an operation that is not flat machine code.
    """
    match op:
        case riscv.LbOp() | riscv.LbuOp() | riscv.LhOp() | riscv.LhuOp() | riscv.LwOp():
            offset, base = assembly_arg_str(op.immediate), assembly_arg_str(op.rs1)
            arguments = f"{assembly_arg_str(op.rd)}, {offset}({base})"
        case riscv.SbOp() | riscv.ShOp() | riscv.SwOp():
            offset, base = assembly_arg_str(op.immediate), assembly_arg_str(op.rs1)
            arguments = f"{assembly_arg_str(op.rs2)}, {offset}({base})"
        case riscv_func.CallOp():
            arguments = f"ra, {op.callee.string_value()}"
        case CsrReadWriteOperation() | CsrBitwiseOperation():
            rd, source = assembly_arg_str(op.rd), assembly_arg_str(op.rs1)
            arguments = f"{rd}, {op.csr.value.data:#x}, {source}"
        case CsrReadWriteImmOperation() | CsrBitwiseImmOperation():
            rd, number = assembly_arg_str(op.rd), assembly_arg_str(op.immediate)
            arguments = f"{rd}, {op.csr.value.data:#x}, {number}"
        case riscv.LuiOp(immediate=IntegerAttr() as upper):
            # xDSL keeps the twenty bits signed; assemblers take them unsigned.
            arguments = f"{assembly_arg_str(op.rd)}, {upper.value.data & 0xFFFFF:#x}"
        case RISCVAsmOperation():
            return op.assembly_line()
        case _:
            raise TypeError(f"'{op.name}' is not flat machine code")
    return AssemblyPrinter.assembly_line(op.assembly_instruction_name(), arguments, op.comment)
