"""Instructions the table only describes: control registers, fences, traps and sleep."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nmc.isa.csrs import STATE_CSRS, XDC
from nmc.sim import layout as at
from nmc.sim.oracle.agent import NEVER, Fault
from nmc.sim.oracle.code import Decoded
from nmc.sim.oracle.notation import zx

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core

MTVEC, MEPC, MCAUSE = 0x305, 0x341, 0x342
CYCLES, INSTRUCTIONS = (0xB00, 0xC00), (0xB02, 0xC02)
HART = 0xF14
STATE = {number: name for name, number in STATE_CSRS.items()}
LOOPS = {0x7C0 + 4 * loop + register: (register, loop) for loop in (0, 1) for register in range(3)}
"""Hardware loop registers: which of start, end and count, and of which loop."""


def execute(core: "Core", now: Decoded) -> Iterator[None]:
    """An instruction behind which the core goes on."""
    t = core.machine.target.timing
    match now.row.timing_class:
        case "csr":
            if now.operands["csr"] in STATE and now.operands["csr"] != XDC:
                core.wait_for_accumulators()
            access_register(core, now)
            core.time += 1
            core.stall("multicycle", t.csr - 1)
        case "fence":
            core.time += 1
            core.stall("multicycle", t.fence - 1)
        case _ if now.row.mnemonic == "wfi" and core.in_cluster:
            yield from core.machine.events.wait(core, clear=False)
        case _ if now.row.mnemonic == "wfi":
            core.time = NEVER
            yield
        case _:
            raise Fault(at.FAULT_ILLEGAL)


def trap(core: "Core", now: Decoded) -> None:
    """ecall and ebreak: to the handler, if there is one; mret: back."""
    t = core.machine.target.timing
    if now.row.mnemonic == "mret":
        core.jump_to(core.csrs[MEPC], t.jal)
        return
    handler = core.csrs[MTVEC] & ~3
    if handler == 0:
        raise Fault(at.FAULT_TRAP)
    core.csrs[MEPC] = core.pc
    core.csrs[MCAUSE] = 3 if now.row.mnemonic == "ebreak" else 11
    core.jump_to(handler, t.jal)


def access_register(core: "Core", now: Decoded) -> None:
    """csrrw, csrrs, csrrc and their immediate forms."""
    number = now.operands["csr"]
    immediate = now.row.mnemonic.endswith("i")
    source = now.operands["zimm" if immediate else "rs1"]
    value = source if immediate else core.registers[source]
    old = read_register(core, number)
    match now.row.mnemonic.removesuffix("i"):
        case "csrrw":
            write_register(core, number, value)
        case "csrrs" if source:
            write_register(core, number, old | value)
        case "csrrc" if source:
            write_register(core, number, old & ~value)
        case _:
            pass
    if now.operands["rd"]:
        core.registers[now.operands["rd"]] = old


def read_register(core: "Core", number: int) -> int:
    """A control register; fault if there is none of that number."""
    if number in core.csrs:
        return core.csrs[number]
    if number in LOOPS:
        register, loop = LOOPS[number]
        return (core.lpstart, core.lpend, core.lpcount)[register][loop]
    if number in STATE:
        return core.state[STATE[number]]
    if number in CYCLES:
        return zx(core.time, 32)
    if number in INSTRUCTIONS:
        return zx(core.instructions, 32)
    if number == HART:
        return core.hart
    raise Fault(at.FAULT_CSR, number)


def write_register(core: "Core", number: int, value: int) -> None:
    """Writes a control register; fault if it cannot be written."""
    if number in core.csrs:
        core.csrs[number] = value
    elif number in LOOPS:
        register, loop = LOOPS[number]
        (core.lpstart, core.lpend, core.lpcount)[register][loop] = value
    elif number in STATE:
        core.state[STATE[number]] = value
    else:
        raise Fault(at.FAULT_CSR, number)
