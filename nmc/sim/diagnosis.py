"""Puts a fault of the simulated program into words: who, where, why."""

from nmc.elf import ElfImage
from nmc.errors import ProgramFault
from nmc.isa.disassembler import disassemble
from nmc.sim import dma
from nmc.sim import layout as at
from nmc.sim.measuring import pend, side
from nmc.sim.program import ProgramCode
from nmc.sim.state import Machine

_REASONS = {
    at.FAULT_ILLEGAL: "illegal instruction",
    at.FAULT_FETCH: "jump to {address}, which is not in the code",
    at.FAULT_MEMORY: "access outside any memory at {address}",
    at.FAULT_CODE_WRITE: "write to code at {address}",
    at.FAULT_DMA_L1: "DMA out of range: {dma} does not lie in L1",
    at.FAULT_DMA_EXT: "DMA out of range: {dma} does not lie in L2",
    at.FAULT_DMA_LENGTH: "DMA of {bytes} bytes: one command moves 1 to {limit} bytes",
    at.FAULT_DMA_CODE: "DMA writes to code: {dma}",
    at.FAULT_L3_RANGE: "L3 transfer out of range: {l3}",
    at.FAULT_L3_BUSY: "L3 transfer started while another one runs",
    at.FAULT_L3_CODE: "L3 transfer writes to code: {l3}",
    at.FAULT_TRAP: "ecall or ebreak without a trap handler",
    at.FAULT_LOOP: "hardware loop whose body is too short, ends in a jump or leaves the code",
    at.FAULT_CSR: "no control register {address} that can be used like this",
    at.FAULT_BOOT: "boot address {address} is not in the code",
}


def fault(m: Machine, image: ElfImage, code: ProgramCode, layer: str | None) -> ProgramFault:
    """The error for the fault the engine has noted; `layer` is the one that was running."""
    core = int(m.s[at.FAULT_CORE])
    registers = side(m, core)
    command = int(registers[at.DMA_COMMAND])
    length = command & dma.LENGTH_MASK
    l2 = f"L2 {int(registers[at.DMA_EXT]):#010x}"
    l1 = f"L1 {int(registers[at.DMA_L1]):#010x}"
    source, sink = (l2, l1) if command & dma.TO_L1 else (l1, l2)
    offset, address = (int(value) for value in m.area(at.L3, (2,)))
    why = _REASONS[int(m.s[at.FAULT])].format(
        address=f"{int(m.s[at.FAULT_ADDRESS]) & at.MASK32:#010x}",
        dma=f"{length} bytes from {source} to {sink}",
        bytes=length or "0 (or a multiple of 131072, of which 17 bits are seen)",
        limit=int(m.s[at.CFG_DMA_MAX]),
        l3=f"L3 offset {offset:#x}, L2 {address:#010x}",
    )
    return fault_at(m, image, code, core, layer, why)


def deadlock(m: Machine, image: ElfImage, code: ProgramCode, layer: str | None) -> ProgramFault:
    """The error for a machine in which nothing can happen any more."""
    cores = int(m.s[at.CFG_CORES])
    asleep = [core for core in range(cores) if side(m, core)[at.EU_WAIT]]
    who = asleep[0] if asleep else cores
    why = f"deadlock: all cores are asleep and nothing is under way ({len(asleep)} wait for events)"
    return fault_at(m, image, code, who, layer, why)


def fault_at(
    m: Machine, image: ElfImage, code: ProgramCode, core: int, layer: str | None, why: str
) -> ProgramFault:
    """One line: core, program counter, instruction, symbol, layer, reason."""
    pc = code.base + (int(pend(m, core)[at.IDX]) & ~3)
    who = f"core {core}" if core < int(m.s[at.CFG_CORES]) else "fabric controller"
    word = int(code.words[(pc - code.base) >> 2]) if code.contains(pc) else 0
    where = [f"{who} at {pc:#010x} ({disassemble(word, pc)})"]
    symbol = image.function_at(pc)
    if symbol is not None:
        where.append(f"in {symbol.name}")
    if layer is not None:
        where.append(f"layer {layer}")
    return ProgramFault(f"{', '.join(where)}: {why}")
