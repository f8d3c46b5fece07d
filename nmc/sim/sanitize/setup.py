"""Prepares the sanitizers' state for a run."""

from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.sanitize import places
from nmc.sim.sanitize.plan_tables import PlanTables
from nmc.sim.state import Machine


def shadow_size(l1_bytes: int, cores: int) -> int:
    """Numbers the shadow of L1 takes, see nmc.sim.sanitize.shadow."""
    words = (l1_bytes + 3) >> 2
    return (cores + 4) * l1_bytes + (cores + 2) * words


def area_size(config: Ints, plan: PlanTables) -> int:
    """Numbers that all of the state takes."""
    shadow = shadow_size(int(config[at.CFG_L1_BYTES]), int(config[at.CFG_CORES]))
    return places.FIXED_SIZE + plan.size + shadow


def prepare(m: Machine, plan: PlanTables) -> None:
    """Fills the area, which is zero: nobody has done anything yet."""
    s = m.s
    base = int(s[at.AT_SANITIZE])
    cores = int(s[at.CFG_CORES])
    known = m.area(base + places.KNOWN, (32, places.ROW))
    for core in range(cores + 1):
        known[core, core] = 1
        known[core, places.HOST] = 1
    start = base + places.FIXED_SIZE
    s[base + places.PLAN] = start
    s[base + places.SHADOW] = start + plan.size
    s[base + places.LAYERS] = plan.layers
    s[base + places.STACK_TOP] = plan.stack_top
    s[base + places.STACK_BYTES] = plan.stack_bytes
    m.area(base + places.LAYER_OF, (32,))[:] = plan.layers
    plan.write(m.area(start, (plan.size,)), start)


def note_host_write(m: Machine, offset: int, count: int) -> None:
    """The host has written `count` bytes of L1 at `offset`; nothing before the first `prepare`."""
    s = m.s
    base = int(s[at.AT_SANITIZE])
    l1_bytes, cores = int(s[at.CFG_L1_BYTES]), int(s[at.CFG_CORES])
    writers = int(s[base + places.SHADOW])
    if writers == 0:
        return
    s[writers + offset : writers + offset + count] = 1 << places.CLOCK_SHIFT | places.HOST
    s[writers + l1_bytes + offset : writers + l1_bytes + offset + count] = 0
    words = writers + (cores + 4) * l1_bytes
    s[words + (offset >> 2) : words + ((offset + count + 3) >> 2)] = 0
