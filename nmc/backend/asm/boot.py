"""Start-up code: the fabric controller wakes the cluster, whose cores run the program.

The fabric controller starts at `_start`, tells every core where to begin, switches the instruction
cache on, releases the cores and sleeps for good. A core takes its stack, opens the event unit for
barriers, calls the program, meets the others at barrier 0, and core 0 reports the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nmc.backend.asm.image import ENTRY
from nmc.backend.asm.parser import parse_assembly
from nmc.backend.asm.statements import Statements
from nmc.targets import Target

EXIT_OK = 0x8000_0000
"""Written to the exit register: done, status 0."""

CORE_START = "_core_start"


@dataclass(frozen=True)
class Stacks:
    """Core i's stack pointer starts at `top - i * bytes`."""

    top: int
    bytes: int


def default_stacks(target: Target) -> Stacks:
    """Stacks at the end of L1, as large as the target reserves."""
    return Stacks(target.l1.end, target.stack_bytes)


def boot_program(target: Target, stacks: Stacks, main: str = "main") -> Statements:
    """Section `.boot`: `_start` for the fabric controller and `_core_start` for the cluster.

    The number of cores is the target's; `main` is the function every core calls, without
    arguments.
    """
    lines = ['.section .boot, "ax", @progbits', f".globl {ENTRY}"]
    lines += _function(ENTRY, _fabric_controller(target))
    lines += _function(CORE_START, _core(target, stacks, main))
    return parse_assembly("\n".join(lines) + "\n", "boot")


def _function(name: str, body: Iterator[str]) -> list[str]:
    return [f".type {name}, @function", f"{name}:", *body, f".size {name}, .-{name}", ".balign 16"]


def _fabric_controller(target: Target) -> Iterator[str]:
    yield f"la t0, {CORE_START}"
    yield f"li t1, {target.map.boot_address:#x}"
    yield f"li t2, {target.map.boot_address + 4 * target.cores:#x}"
    yield ".Lboot_address:"
    yield "sw t0, 0(t1)"
    yield "addi t1, t1, 4"
    yield "bne t1, t2, .Lboot_address"
    yield from _store(target.map.icache_enable, 1)
    yield from _store(target.map.fetch_enable, (1 << target.cores) - 1)
    yield from _sleep(".Lcontroller_sleep")


def _core(target: Target, stacks: Stacks, main: str) -> Iterator[str]:
    unit = target.event_unit
    barrier = target.map.event_unit + unit.barrier
    everyone = (1 << target.cores) - 1
    yield from _core_id("a0")
    yield f"li t0, {stacks.bytes}"
    yield "mul t0, t0, a0"
    yield f"li sp, {stacks.top:#x}"
    yield "sub sp, sp, t0"
    # Only barriers may end a wait at a barrier: other events are let in where they are awaited.
    yield from _store(target.map.event_unit + unit.mask_or, 1 << unit.barrier_event)
    # Every core writes the same masks before it uses the barrier, so none waits for another.
    yield from _store(barrier + unit.trigger_mask, everyone)
    yield from _store(barrier + unit.target_mask, everyone)
    # Another section, so not a pc-relative call: no assembler can resolve it without a linker.
    yield f"la t0, {main}"
    yield "jalr t0"
    page, offset = _page(barrier + unit.trigger_wait_clear)
    yield f"li t0, {page:#x}"
    yield f"p.elw t1, {offset}(t0)"
    yield from _core_id("a0")
    yield "bnez a0, .Lcore_sleep"
    yield from _store(target.map.exit, EXIT_OK)
    yield from _sleep(".Lcore_sleep")


def _core_id(register: str) -> Iterator[str]:
    yield f"csrr {register}, mhartid"
    yield f"andi {register}, {register}, 31"


def _store(address: int, value: int) -> Iterator[str]:
    page, offset = _page(address)
    yield f"li t0, {page:#x}"
    yield f"li t1, {value:#x}"
    yield f"sw t1, {offset}(t0)"


def _page(address: int) -> tuple[int, int]:
    """A number that one instruction makes, and what an access adds to it to get the address."""
    page = (address + 0x800) & 0xFFFFF000
    return page, address - page


def _sleep(label: str) -> Iterator[str]:
    yield f"{label}:"
    yield "wfi"
    yield f"j {label}"
