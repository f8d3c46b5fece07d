"""The counters as of now, of cores that are ahead or whose instruction is still under way.

Between two shared accesses a core does everything at once, and is parked for the next one. So when
core 0 enters a layer the counters of the others hold what they will do up to there. This module
takes a copy of the machine's numbers and has such a core do its last piece of work once more in it,
up to now. In the copy every instruction ends a line of the cache, since there a core looks whether
it has to stop: so it stops at the right one, at no cost for the engine's loop.

An instruction is counted when it issues, with its stalls and the hazard behind it. An access to L1
issues when its last word is served; a wait of the event unit counts when it is over. The engine
itself counts when an instruction is done, which makes a difference for those that take several
cycles outside its loop: they are done at once in the copy.
"""

import numpy as np

from nmc.sim import layout as at
from nmc.sim.ahead_layout import NOTES, SAVED_START, STORES, STREAM_SHIFT
from nmc.sim.engine import Engine
from nmc.sim.jit import Ints
from nmc.sim.state import Machine

_PLACE_SHIFT = 2
"""Of a slot, to its place in the code."""


def present(m: Machine, engine: Engine) -> Machine:
    """The machine, or a copy with everyone's counters as of now; only those are meant to be read.

    Core 0 is where it is now, and the others have not yet done anything at this time.
    """
    s = m.s
    others = range(1, int(s[at.CFG_CORES]) + 1)
    ahead = [core for core in others if _side(s, core)[at.STOP_TIME] > s[at.NOW]]
    busy = [core for core in others if core not in ahead and _is_busy(s, core)]
    if not ahead and not busy:
        return m
    copy = _stepping(s)
    for core in (*ahead, *busy):
        _look_up_always(copy, core, len(s))
        # The copy's own stream is the one behind those of all cores.
        copy[at.CFG_STREAMS] = s[at.CFG_STREAMS] + (s[at.CFG_CORES] + 1 - core << STREAM_SHIFT)
        if core in ahead:
            _stop_now(copy, core, int(s[at.CFG_STREAMS]) + (core << STREAM_SHIFT))
        else:
            copy[at.CFG_HORIZON] = -1
        copy[at.COUNTING] = core + 1
        engine(copy, m.mem8, m.mem32, 0)
    return Machine(copy, m.mem8, m.mem32)


def _side(s: Ints, core: int) -> Ints:
    return s[at.SIDE + (core << at.SIDE_SHIFT) :]


def _is_busy(s: Ints, core: int) -> bool:
    """Whether the core is parked until its instruction is done."""
    if s[at.PEND + (core << at.PEND_SHIFT) + at.KIND] not in (at.KIND_DONE, at.KIND_FINISH):
        return False
    return bool((s[at.EVENTS_AT : at.EVENTS_AT + at.WHEEL] >> core & 1).any())


def _stepping(s: Ints) -> Ints:
    """A copy with a look for the horizon at each instruction, and room for lines that are there."""
    places = int(s[at.AT_SOURCES] - s[at.AT_CODE]) >> _PLACE_SHIFT
    copy = np.concatenate([s, np.ones(places + at.ENTITIES, np.int64)])
    # In other slots than a place's first one there is always something behind an instruction.
    copy[s[at.AT_CODE] : s[at.AT_SOURCES] : 4] |= at.LINE_END
    copy[at.CFG_LINE_SHIFT] = _PLACE_SHIFT
    return copy


def _look_up_always(copy: Ints, core: int, room: int) -> None:
    """The core finds every place of the code in its cache: at `room` or some places behind."""
    copy[at.CFG_LINES] = -(-(room - copy[at.AT_LINES]) // core)


def _stop_now(copy: Ints, core: int, stream: int) -> None:
    """Prepares that the core does what it did last up to now, with the accesses it had made.

    Of its stream's times those up to now are earlier by as many cycles as it waited for banks and
    lines. In the copy it finds its lines without the cycle of a fetch.
    """
    notes = copy[at.AT_NOTES] + core * NOTES
    loads, stores = copy[at.LOADS_END + core], copy[at.STORES_END + core]
    copy[at.LOADS_KNOWN + core], copy[at.STORES_KNOWN + core] = loads, stores
    start = copy[at.AT_SAVED] + core * copy[at.CFG_SAVED] + SAVED_START
    began = copy[start + 4]
    passed = copy[at.NOW] - 1 - began
    fetched = copy[at.FETCHES_SERVED + core]
    if loads > notes or stores > notes + STORES or copy[at.FETCHED + core] > 0:
        passed -= stream - began - copy[at.FEEDS + core]
    if fetched > 0:
        passed = max(passed, copy[at.LAST_FETCH + core]) - fetched
    copy[at.FETCHED + core] = 0
    copy[at.CFG_HORIZON] = passed
    if copy[start] != at.BEHIND:
        copy[start] |= at.LINE_END
    copy[start + 1] = -1
