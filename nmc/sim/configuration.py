"""The machine's constants, from a target description."""

import numpy as np

from nmc.errors import NmcError
from nmc.sim import ahead_layout, event_unit, l3
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.program import ProgramCode
from nmc.targets import Target


def configuration(target: Target, code: ProgramCode) -> Ints:
    """CFG_* for a target and a program; NmcError if the simulated machine cannot be like that."""
    check_target(target)
    t, c = target.timing, target.icache
    l1_size = (target.l1.bytes + 15) & ~15
    l2_size = (target.l2.bytes + 15) & ~15
    l3_size = (target.l3.bytes + 15) & ~15
    lines = c.private.bytes // c.line_bytes
    values = {
        at.CFG_CORES: target.cores,
        at.CFG_CODE_BASE: code.base,
        at.CFG_CODE_BYTES: code.bytes,
        at.CFG_SLOT_SHIFT: code.slot_shift,
        at.CFG_L1_BASE: target.l1.base,
        at.CFG_L1_BYTES: target.l1.bytes,
        at.CFG_BANK_MASK: target.l1.banks - 1,
        at.CFG_L2_BASE: target.l2.base,
        at.CFG_L2_BYTES: target.l2.bytes,
        at.CFG_L2_OFFSET: l1_size,
        at.CFG_L3_BYTES: target.l3.bytes,
        at.CFG_L3_OFFSET: l1_size + l2_size,
        at.CFG_MULH: t.mulh,
        at.CFG_DIV: t.div,
        at.CFG_DIV_ZERO: t.div_by_zero,
        at.CFG_TAKEN: t.branch_taken,
        at.CFG_JAL: t.jal,
        at.CFG_JALR: t.jalr,
        at.CFG_JALR_ALU: t.jalr_after_alu,
        at.CFG_JALR_LOAD: t.jalr_after_load,
        at.CFG_ASTRIDE: t.astride_target,
        at.CFG_LOAD_USE: t.load_use,
        at.CFG_CSR: t.csr,
        at.CFG_FENCE: t.fence,
        at.CFG_ACCUMULATE: t.accumulate,
        at.CFG_REQUANTISE: t.requantise,
        at.CFG_MISALIGNED: t.misaligned,
        at.CFG_L2_ACCESS: t.l2_access,
        at.CFG_EU_ACCESS: t.event_unit_access,
        at.CFG_PERIPHERAL: t.peripheral_access,
        at.CFG_BARRIER: t.barrier,
        at.CFG_LINE_SHIFT: c.line_bytes.bit_length() - 1 + code.slot_shift,
        at.CFG_LINES: code.bytes // c.line_bytes + 8,
        at.CFG_PRIVATE_SETS: c.private.bytes // (c.line_bytes * c.private.ways),
        at.CFG_PRIVATE_WAYS: c.private.ways,
        at.CFG_SHARED_SETS: c.shared.bytes // (c.line_bytes * c.shared.ways),
        at.CFG_SHARED_WAYS: c.shared.ways,
        at.CFG_SHARED_BANKS: c.shared.banks,
        at.CFG_SHARED_HIT: c.shared_hit,
        at.CFG_MISS: c.miss,
        at.CFG_DMA_BURST: target.dma.burst_bytes,
        at.CFG_DMA_OUTSTANDING: target.dma.outstanding,
        at.CFG_DMA_IDS: target.dma.ids,
        at.CFG_DMA_MAX: target.dma.max_bytes,
        at.CFG_DMA_WIDTH: target.dma.bytes_per_cycle,
        at.CFG_DMA_LATENCY_IN: target.dma.latency(inward=True),
        at.CFG_DMA_LATENCY_OUT: target.dma.latency(inward=False),
        at.CFG_DMA_BURST_OUT: target.dma.burst_out,
        at.CFG_DMA_LINE: target.dma.line,
        at.CFG_L3_LATENCY: target.l3.latency,
        at.CFG_L3_CYCLES_256: max(1, round(256 / target.l3.bytes_per_cycle)),
        at.CFG_FETCH_ENABLE: target.map.fetch_enable,
        at.CFG_BOOT_ADDRESS: target.map.boot_address,
        at.CFG_ICACHE_ENABLE: target.map.icache_enable,
        at.CFG_EVENT_UNIT: target.map.event_unit,
        at.CFG_DMA_BASE: target.map.dma,
        at.CFG_L3_BASE: target.map.l3_channel,
        at.CFG_EXIT: target.map.exit,
        at.CFG_PUTCHAR: target.map.putchar,
        at.CFG_BARRIERS: target.event_unit.barriers,
        at.CFG_EVENT_DMA: target.event_unit.dma_event,
        at.CFG_EVENT_L3: target.event_unit.l3_event,
        at.CFG_EVENT_BARRIER: target.event_unit.barrier_event,
        at.CFG_L2_WIDTH: target.l2.bytes_per_cycle,
        at.CFG_TAGS: l1_size + l2_size + l3_size,
        # Before the first core's stream there are zeros too, as behind the others'.
        at.CFG_STREAMS: l1_size + l2_size + l3_size + l1_size // 4 + ahead_layout.STREAM,
        at.CFG_PAGE_SHIFT: max(0, (l1_size - 1).bit_length() - 6),
        at.CFG_AGES: lines + 2,
        at.CFG_SAVED: ahead_layout.SAVED_AGES + lines + 2,
        at.CFG_HORIZON: at.HORIZON,
    }
    config = np.zeros(at.AT_CODE, np.int64)
    for place, value in values.items():
        config[place] = value
    return config


def check_target(target: Target) -> None:
    """NmcError if the simulated machine cannot be like the target."""
    eu, channel, t = target.event_unit, target.l3_channel, target.timing
    width = target.dma.bytes_per_cycle
    demands = [
        (target.cores <= at.MAX_CORES, f"at most {at.MAX_CORES} cores"),
        (target.l1.banks <= 32, "at most 32 banks of L1"),
        (target.l1.bytes <= ahead_layout.OFF_MASK, "less than 16 MiB of L1"),
        (_power_of_two(target.l1.banks), "a power of two of banks"),
        (width in (4, 8), "a DMA that moves 4 or 8 bytes a cycle"),
        (
            width % target.l2.bytes_per_cycle == 0 or target.l2.bytes_per_cycle % width == 0,
            "an L2 port that is a multiple of the DMA's width, or divides it",
        ),
        (target.dma.outstanding <= 16, "at most 16 DMA bursts in flight"),
        (_power_of_two(target.icache.line_bytes), "cache lines of a power of two of bytes"),
        (
            (t.alu, t.mul, t.load, t.store, t.branch, t.hwloop) == (1,) * 6,
            "one cycle for arithmetic, loads, stores, branches not taken and loop set-up",
        ),
        (t.hwloop_iteration == 0, "hardware loops without cost for each iteration"),
        (
            (
                eu.mask_or,
                eu.wait_clear,
                eu.barrier,
                eu.barrier_stride,
                eu.trigger_mask,
                eu.target_mask,
                eu.trigger_wait_clear,
            )
            == (
                event_unit.MASK_OR,
                event_unit.WAIT_CLEAR,
                event_unit.BARRIERS,
                event_unit.BARRIER_STRIDE,
                event_unit.TRIGGER_MASK,
                event_unit.TARGET_MASK,
                event_unit.TRIGGER_WAIT_CLEAR,
            ),
            "PULP's register layout of the event unit",
        ),
        (
            (channel.l3_offset, channel.l2_address, channel.length, channel.busy, channel.to_l3_bit)
            == (4 * l3.OFFSET, 4 * l3.ADDRESS, 4 * l3.LENGTH, 4 * l3.BUSY, 31),
            "the L3 channel's registers at 0, 4, 8 and 12",
        ),
    ]
    for holds, what in demands:
        if not holds:
            raise NmcError(f"target {target.name}: the simulated machine has {what}")


def _power_of_two(n: int) -> bool:
    return n > 0 and n & (n - 1) == 0
