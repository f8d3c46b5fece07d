"""What the sanitizing engine calls instead of the plain one's functions, or besides.

The names of the wrapped functions are those the generated loop calls (see nmc.sim.build).
"""

from nmc.sim import events, tcdm
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    CFG_CORES,
    CFG_DMA_BASE,
    CFG_EVENT_UNIT,
    CFG_EXIT,
    CFG_FETCH_ENABLE,
    CFG_L3_BASE,
    DATA,
    IDX,
    KIND_ACCESS,
    KIND_L3,
    OFF,
    OP_LAYER,
    OP_WFI,
    PEND,
    PEND_SHIFT,
    STATUS_OK,
    TYPE_MASK,
)
from nmc.sim.sanitize.l2 import in_l2, watch_exit, watch_l2_access, watch_l3_start
from nmc.sim.sanitize.plan import enter_layer
from nmc.sim.sanitize.shadow import watch_access
from nmc.sim.sanitize.synchronisation import (
    after_event_unit,
    before_event_unit,
    is_asleep,
    release_cores,
    wake,
    watch_l3_end,
    watch_l3_status,
)
from nmc.sim.sanitize.transfer_state import given
from nmc.sim.sanitize.transfers import (
    watch_command,
    watch_completions,
    watch_free,
    watch_status,
)
from nmc.sim.scheduling import current_word
from nmc.sim.split import access_size, is_store

__all__ = ["arbitrate_with_dma", "handle_event", "watch_access"]

plain_arbitrate = tcdm.arbitrate_with_dma
plain_event = events.handle_event


@compiled
def arbitrate_with_dma(s: Words, mem8: Words, mem32: Words, entities: int, now: int) -> int:
    """As `tcdm.arbitrate_with_dma`; transfers that end with an event are noted."""
    ready = plain_arbitrate(s, mem8, mem32, entities, now)
    if watch_completions(s):
        wake(s)
    return ready


@compiled
def handle_event(s: Words, mem8: Words, entity: int, kind: int, now: int) -> int:
    """As `events.handle_event`; accesses outside L1 and what synchronises are noted."""
    if kind == KIND_ACCESS:
        return handle_access(s, mem8, entity, now)
    if kind == OP_LAYER:
        enter_layer(s, entity, s[u64((PEND + (entity << PEND_SHIFT)) | IDX)])
    status = plain_event(s, mem8, entity, kind, now)
    if kind == KIND_L3:
        watch_l3_end(s)
    elif kind == OP_WFI and entity < s[CFG_CORES]:
        is_asleep(s, entity)
    return status


@compiled
def handle_access(s: Words, mem8: Words, core: int, now: int) -> int:
    """An access that is not a plain one of L1."""
    p = PEND + (core << PEND_SHIFT)
    slot = s[u64(p | IDX)]
    address = s[u64(p | OFF)]
    value = s[u64(p | DATA)]
    kind = current_word(s, core) & TYPE_MASK
    stores = is_store(kind)
    size = access_size(kind)
    in_cluster = core < s[CFG_CORES]
    unit = address - s[CFG_EVENT_UNIT]
    dma = address - s[CFG_DMA_BASE]
    of_unit = in_cluster and 0 <= unit < 0x400
    of_dma = in_cluster and 0 <= dma < 8
    before = given(s, 0) + given(s, 1)
    into_before = given(s, 0)
    if in_l2(s, address, size):
        watch_l2_access(s, core, slot, address, size, stores)
    elif of_unit:
        before_event_unit(s, core, unit, stores, value)
    elif of_dma and stores and dma == 4:
        watch_free(s, core, value)
    elif stores and address == s[CFG_FETCH_ENABLE]:
        release_cores(s, core, value)
    elif stores and address == s[CFG_EXIT]:
        watch_exit(s, core, slot)
    status = plain_event(s, mem8, core, KIND_ACCESS, now)
    if status != STATUS_OK:
        return status
    if of_unit:
        after_event_unit(s, core, unit, stores)
    elif of_dma and given(s, 0) + given(s, 1) != before:
        watch_command(s, core, 0 if given(s, 0) != into_before else 1)
    elif of_dma and dma == 4 and not stores:
        watch_status(s, core)
    elif stores and address == s[CFG_L3_BASE] + 8:
        watch_l3_start(s, core, slot)
    elif not stores and address == s[CFG_L3_BASE] + 12:
        watch_l3_status(s, core)
    return status
