"""Runs a few lines of assembly under the sanitizers."""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from nmc.sim import Finding, Simulator
from tests.sim.bare import bare_program
from tests.sim.equality import assert_same_run

L1, L2, L3 = 0x1000_0000, 0x1C02_0000, 0x8000_0000

BARRIER = """
    li t0, 0x10204000
    p.elw t0, 0x21c(t0)
"""

TO_L1, INCREMENT, EVENT = 1 << 17, 1 << 18, 1 << 20


def start_dma(
    size: int, l1: int, l2: int, into: bool = True, event: bool = False, keep: str = "s2"
) -> str:
    """Starts a transfer; its id is in `keep`."""
    command = size | INCREMENT | (TO_L1 if into else 0) | (EVENT if event else 0)
    return f"""
        li t0, 0x10204400
        lw {keep}, 0(t0)
        li t1, {command:#x}
        sw t1, 0(t0)
        li t1, {l1:#x}
        sw t1, 0(t0)
        li t1, {l2:#x}
        sw t1, 0(t0)
    """


_labels = count()


def on(core: int, lines: str) -> str:
    """Lines for one core only."""
    label = f".Lnot{next(_labels)}"
    return f"li t0, {core}\nbne a0, t0, {label}\n{lines}\n{label}:\n"


def poll(keep: str = "s2") -> str:
    """Waits until the transfer whose id is in `keep` is complete."""
    label = f".Lpoll{next(_labels)}"
    return f"""
        li t0, 0x10204400
        li t1, 1
        sll t1, t1, {keep}
    {label}:
        lw t2, 4(t0)
        and t2, t2, t1
        bnez t2, {label}
    """


def free(keep: str = "s2") -> str:
    """Frees the id in `keep`."""
    return f"""
        li t0, 0x10204400
        li t1, 1
        sll t1, t1, {keep}
        sw t1, 4(t0)
    """


def wait_for_dma(keep: str = "s2") -> str:
    """What programs do before they use what a transfer brought."""
    return poll(keep) + free(keep)


def buffer(
    name: str, address: int, size: int, alive: Sequence[int] = (), kind: str = "tile"
) -> dict[str, Any]:
    """An entry of the plan; it lies in L1 or L2 as its address says."""
    space = "l1" if address < L2 - 0x2_0000 else "l2"
    return {
        "name": name,
        "space": space,
        "kind": kind,
        "address": address,
        "bytes": size,
        "alive": list(alive),
    }


def sanitized(
    body: str,
    cores: int = 1,
    buffers: Sequence[Mapping[str, Any]] = (),
    layers: Mapping[str, str] | None = None,
    stack: tuple[int, int] | None = None,
    data: str = "",
    memory: Mapping[int, bytes] | None = None,
) -> tuple[Finding, ...]:
    """What is found when every core runs `body`; cycles, registers and bytes are the oracle's.

    The plan: `buffers`, `layers` (symbol by name), `stack` (top and bytes of each core).
    """
    note: dict[str, Any] = {
        "buffers": list(buffers),
        "layers": [{"name": name, "symbol": symbol} for name, symbol in (layers or {}).items()],
    }
    if stack is not None:
        note["stack"] = {"top": stack[0], "bytes": stack[1]}
    text = json.dumps(note).replace('"', '\\"')
    elf, target = bare_program(body, cores, data=f'{data}\n.section .nmc.meta, ""\n.ascii "{text}"')
    simulator = Simulator(elf, target, sanitize=True)
    return assert_same_run(simulator, elf, target, memory or {}, 1_000_000).findings


def kinds(found: Sequence[Finding]) -> list[str]:
    """Their kinds, in order."""
    return [finding.kind for finding in found]
