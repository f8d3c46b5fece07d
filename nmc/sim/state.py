"""The state of the simulated machine: flat arrays that the compiled engine works on."""

from typing import NamedTuple

import numpy as np

from nmc.sim import layout as at
from nmc.sim.jit import Ints


class Machine(NamedTuple):
    """Every array of the machine; the engine gets this and nothing else.

    All are int64 except `mem8` (uint8), `mem32` (uint32, the same memory) and `out` (uint8).
    """

    config: Ints
    """CFG_*: what the target description says, constant."""
    state: Ints
    """Scalars of the whole machine: NOW, ..."""
    code: Ints
    """Decoded slots, indexed by byte offset in the code."""
    sources: Ints
    """For each slot: bits 31:0 registers read, bits 63:32 the register a jalr jumps by."""
    regs: Ints
    mem8: Ints
    mem32: Ints
    pend: Ints
    side: Ints
    stalls: Ints
    wheel: Ints
    turns: Ints
    """For each bank: the core that is first in turn."""
    lines: Ints
    """[core, line]: 0 if the line is not in the core's private cache, else its last use."""
    ways: Ints
    """[core, set, way]: line held by the private cache or -1."""
    shared: Ints
    """[set, way, (line or -1, last use, filled at)] of the shared instruction cache."""
    shared_free: Ints
    """For each bank of the shared instruction cache: first free cycle."""
    barriers: Ints
    """[barrier, (trigger mask, arrived, target mask, unused)]"""
    channels: Ints
    """[RX or TX, CH_*], see nmc.sim.dma."""
    queue: Ints
    """[RX or TX, place, Q_*]"""
    transfers: Ints
    """[id, (allocated, commands under way)]"""
    l3: Ints
    out: Ints
    hits: Ints
    """Dispatches of each slot; one element long unless profiling."""
    spent: Ints
    """Cycles of all cluster cores from each slot to the next; likewise."""


def new_machine(
    config: Ints, code: Ints, sources: Ints, memory_bytes: int, banks: int, profile: bool
) -> Machine:
    """A machine in reset with `memory_bytes` of memory, all levels together, filled with zero."""

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    cores = int(config[at.CFG_CORES]) + 1
    mem8 = np.zeros((memory_bytes + 7) & ~7, np.uint8)
    slots = len(code) if profile else 1
    return Machine(
        config=config,
        state=zeros(at.GLOBALS),
        code=code,
        sources=sources,
        regs=zeros(cores << at.REG_SHIFT),
        mem8=mem8,
        mem32=mem8.view(np.uint32),
        pend=zeros(at.ENTITIES << at.PEND_SHIFT),
        side=zeros(cores << at.SIDE_SHIFT),
        stalls=zeros(at.ENTITIES << at.STALL_SHIFT),
        wheel=zeros(at.WHEEL),
        turns=zeros(banks),
        lines=zeros(cores * int(config[at.CFG_LINES])),
        ways=zeros(cores, int(config[at.CFG_PRIVATE_SETS]), int(config[at.CFG_PRIVATE_WAYS])),
        shared=zeros(int(config[at.CFG_SHARED_SETS]), int(config[at.CFG_SHARED_WAYS]), 3),
        shared_free=zeros(int(config[at.CFG_SHARED_BANKS])),
        barriers=zeros(int(config[at.CFG_BARRIERS]), 4),
        channels=zeros(2, 32),
        queue=zeros(2, 64, 8),
        transfers=zeros(int(config[at.CFG_DMA_IDS]), 2),
        l3=zeros(16),
        out=np.zeros(at.OUTPUT_BYTES, np.uint8),
        hits=zeros(slots),
        spent=zeros(slots),
    )
