"""Runs a few lines of assembly on the simulator, for tests of any room.

    machine = run_bare("li a0, 1", cores=8)
    machine.register(0, "a0")

The text is the body of a function that every core executes; it ends by falling off its end.
Registers a0 and sp are set up: the core's number, and a stack in L1. Event mask, barrier 0 (all
cores) and the instruction cache are on. The helper leaves no time between the release of the cores
and the body that tests should rely on: measure with `csrr reg, mcycle`.
"""

from dataclasses import dataclass

from nmc.backend.asm.emission import assemble
from nmc.isa.registers import register_number
from nmc.sim import SimResult, Simulator
from nmc.targets import Target, load_target, with_overrides
from tests.sim.equality import assert_same_run

_STARTUP = """
.section .boot, "ax", @progbits
.globl _start
.type _start, @function
_start:
    la t0, core_start
    li t1, {boot_address:#x}
    li t2, {boot_end:#x}
.Lboot:
    sw t0, 0(t1)
    addi t1, t1, 4
    bne t1, t2, .Lboot
    li t1, {icache_enable:#x}
    li t0, {icache}
    sw t0, 0(t1)
    li t1, {fetch_enable:#x}
    li t0, {everyone:#x}
    sw t0, 0(t1)
.Lsleep:
    wfi
    j .Lsleep
.size _start, .-_start

.balign 16
.globl core_start
.type core_start, @function
core_start:
    csrr a0, mhartid
    andi a0, a0, 31
    li sp, {stack:#x}
    slli t0, a0, 9
    sub sp, sp, t0
    li t0, {event_unit:#x}
    li t1, 0x10000
    sw t1, 8(t0)
    li t1, {everyone:#x}
    sw t1, 0x200(t0)
    sw t1, 0x20c(t0)
    li t0, 0
    li t1, 0
    la t2, main
    jalr t2
    li t0, {event_unit:#x}
    p.elw t0, 0x21c(t0)
    csrr t0, mhartid
    andi t0, t0, 31
    bnez t0, .Lrest
    li t0, {exit:#x}
    li t1, 0x80000000
    sw t1, 0(t0)
.Lrest:
    wfi
    j .Lrest
.size core_start, .-core_start

.text
.balign 16
.globl main
.type main, @function
main:
{body}
    ret
.size main, .-main
{data}
"""


@dataclass(frozen=True)
class BareRun:
    """A finished run."""

    simulator: Simulator
    result: SimResult

    def register(self, core: int, name: str) -> int:
        """A register at the end of the body, except t0 to t2 and ra."""
        number = register_number(name)
        assert number is not None, name
        return self.simulator.register(core, number)

    def word(self, address: int) -> int:
        """A 32-bit word of memory, unsigned."""
        return int.from_bytes(self.simulator.read(address, 4), "little")


def bare_program(
    body: str, cores: int = 1, target: Target | None = None, data: str = "", icache: bool = True
) -> tuple[bytes, Target]:
    """The ELF file of the body and the target it is for (`vega` with that many cores)."""
    chosen = with_overrides(target or load_target("vega"), cores=cores)
    text = _STARTUP.format(
        boot_address=chosen.map.boot_address,
        boot_end=chosen.map.boot_address + 4 * cores,
        icache_enable=chosen.map.icache_enable,
        icache=int(icache),
        fetch_enable=chosen.map.fetch_enable,
        everyone=(1 << cores) - 1,
        stack=chosen.l1.end,
        event_unit=chosen.map.event_unit,
        exit=chosen.map.exit,
        body=body,
        data=data,
    )
    return assemble(text, chosen), chosen


def run_bare(
    body: str,
    cores: int = 1,
    target: Target | None = None,
    data: str = "",
    memory: dict[int, bytes] | None = None,
    profile: bool = False,
    max_cycles: int = 10_000_000,
    icache: bool = True,
) -> BareRun:
    """Assembles and runs the body on every core; `memory` is written before it starts.

    The oracle runs it as well, and has to agree in everything.
    """
    elf, chosen = bare_program(body, cores, target, data, icache)
    simulator = Simulator(elf, chosen, profile=profile)
    result = assert_same_run(simulator, elf, chosen, memory or {}, max_cycles)
    return BareRun(simulator, result)
