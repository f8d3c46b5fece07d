"""Words for the faults of a simulated program."""

from nmc.errors import ProgramFault
from nmc.sim import layout as at

_REASONS = {
    at.FAULT_ILLEGAL: "illegal instruction",
    at.FAULT_FETCH: "jump out of the code to {address}",
    at.FAULT_MEMORY: "access outside any memory at {address}",
    at.FAULT_CODE_WRITE: "write to code at {address}",
    at.FAULT_DMA_L1: "DMA out of range: {dma} does not lie in L1",
    at.FAULT_DMA_EXT: "DMA out of range: {dma} does not lie in L2",
    at.FAULT_DMA_LENGTH: "DMA of {bytes} bytes: one command moves 1 to {max} bytes",
    at.FAULT_DMA_CODE: "DMA writes to code: {dma}",
    at.FAULT_L3_RANGE: "L3 transfer out of range: {l3}",
    at.FAULT_L3_BUSY: "L3 transfer started while another one runs",
    at.FAULT_L3_CODE: "L3 transfer writes to code: {l3}",
    at.FAULT_TRAP: "ecall or ebreak without a trap handler",
    at.FAULT_LOOP: "hardware loop whose body is too short, ends in a jump or lies outside the code",
    at.FAULT_CSR: "no control register {address} to read or write like that",
    at.FAULT_BOOT: "boot address {address} is not in the code",
}


def reason(code: int, **values: str) -> str:
    """The sentence for fault `code`; `values` fill its places."""
    return _REASONS[code].format(**values)


def program_fault(where: str, why: str) -> ProgramFault:
    """The error a user sees, one line."""
    return ProgramFault(f"{where}: {why}")
