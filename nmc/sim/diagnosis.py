"""Reads from a machine why and where its program failed."""

from nmc.elf import ElfImage
from nmc.errors import ProgramFault
from nmc.sim import dma, faults
from nmc.sim import layout as at
from nmc.sim.measuring import pend, side
from nmc.sim.program import ProgramCode
from nmc.sim.state import Machine


def fault(m: Machine, image: ElfImage, code: ProgramCode, layer: str | None) -> ProgramFault:
    """The error for the fault the engine has noted; `layer` is the one that was running."""
    core = int(m.s[at.FAULT_CORE])
    registers = side(m, core)
    command = int(registers[at.DMA_COMMAND])
    offset, address = (int(value) for value in m.area(at.L3, (2,)))
    why = faults.reason(
        int(m.s[at.FAULT]),
        int(m.s[at.FAULT_ADDRESS]),
        dma=(
            command & dma.LENGTH_MASK,
            bool(command & dma.TO_L1),
            int(registers[at.DMA_L1]),
            int(registers[at.DMA_EXT]),
        ),
        l3=(offset, address),
        limit=int(m.s[at.CFG_DMA_MAX]),
    )
    return fault_at(m, image, code, core, layer, why)


def deadlock(m: Machine, image: ElfImage, code: ProgramCode, layer: str | None) -> ProgramFault:
    """The error for a machine in which nothing can happen any more."""
    cores = int(m.s[at.CFG_CORES])
    asleep = [core for core in range(cores) if side(m, core)[at.EU_WAIT]]
    who = asleep[0] if asleep else cores
    return fault_at(m, image, code, who, layer, faults.deadlock(len(asleep)))


def fault_at(
    m: Machine, image: ElfImage, code: ProgramCode, core: int, layer: str | None, why: str
) -> ProgramFault:
    """The error for what `core` was about to do."""
    pc = code.address(int(pend(m, core)[at.IDX]))
    who = faults.name_of(core, int(m.s[at.CFG_CORES]))
    return faults.located(image, code, who, pc, layer, why)
