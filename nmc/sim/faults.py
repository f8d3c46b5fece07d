"""The words for a fault of the simulated program: who, where, why, in one line."""

from nmc.elf import ElfImage
from nmc.errors import ProgramFault
from nmc.sim import layout as at
from nmc.sim.location import locate
from nmc.sim.program import ProgramCode

REASONS = {
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
    at.FAULT_LOOP: "hardware loop whose body is too short, ends in a jump, leaves the code, is "
    "not word aligned or holds compressed instructions",
    at.FAULT_CSR: "no control register {address} that can be used like this",
    at.FAULT_BOOT: "boot address {address} is not in the code",
}


def reason(
    kind: int, address: int, dma: tuple[int, bool, int, int], l3: tuple[int, int], limit: int
) -> str:
    """Why: fault `kind` (FAULT_*) at `address`.

    `dma` is length, whether into L1, L1 address and L2 address of the core's last command, `l3` the
    offset in L3 and the L2 address of the last transfer, `limit` the bytes of one DMA command.
    """
    length, into_l1, near, far = dma
    l1, l2 = f"L1 {near:#010x}", f"L2 {far:#010x}"
    source, sink = (l2, l1) if into_l1 else (l1, l2)
    return REASONS[kind].format(
        address=f"{address & at.MASK32:#010x}",
        dma=f"{length} bytes from {source} to {sink}",
        bytes=length or "0 (or a multiple of 131072, of which 17 bits are seen)",
        limit=limit,
        l3=f"L3 offset {l3[0]:#x}, L2 {l3[1]:#010x}",
    )


def deadlock(asleep: int) -> str:
    """Why nothing can happen any more, with `asleep` cores that wait for events."""
    return f"deadlock: all cores are asleep and nothing is under way ({asleep} wait for events)"


def located(
    image: ElfImage, code: ProgramCode, who: str, pc: int, layer: str | None, why: str
) -> ProgramFault:
    """The error: who, program counter, instruction, symbol, source line, layer, reason."""
    where = [f"{who} at {locate(image, code, pc)}"]
    if layer is not None:
        where.append(f"layer {layer}")
    return ProgramFault(f"{', '.join(where)}: {why}")


def name_of(core: int, cores: int) -> str:
    """What a core is called; the fabric controller is core `cores`."""
    return f"core {core}" if core < cores else "fabric controller"
