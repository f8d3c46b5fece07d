"""The places of the sanitizers' state: distances from `s[AT_SANITIZE]`.

Who does something is an entity: a core, the fabric controller (entity `cores`), a DMA channel
(RX, TX), the L3 channel, or the host. Each has a clock: a core's counts its releases (barriers
entered, events triggered, transfers started), a channel's the transfers it was given, which it
completes in that order. A row of clocks says what one entity knows of all: everything up to the
clock of entity e that stands in it has happened before.
"""

from nmc.sim.layout import ENTITIES, MAX_CORES

SEEN = MAX_CORES + 2
"""Pseudo-entities SEEN and SEEN + 1: transfers of RX and TX that were seen to be complete in the
status register but whose id was not freed yet, see nmc.sim.sanitize.transfers."""
HOST = 31
CLOCK_SHIFT = 5
"""An epoch is a clock and the entity it belongs to: clock << CLOCK_SHIFT | entity, 32 bits."""
ENTITY_MASK = (1 << CLOCK_SHIFT) - 1

ROW = ENTITIES
PLACES_OF_QUEUE = 64
"""Transfers of a channel that are remembered, as many as its queue has places."""

# --- rows of clocks -------------------------------------------------------------------------
KNOWN = 0
"""What each core knows."""
AT_BARRIER = KNOWN + 32 * ROW
"""What those that have arrived at each barrier knew."""
WITH_EVENT = AT_BARRIER + 32 * ROW
"""What each core learns by each of its events: row `core * 32 + event`."""
AT_START = WITH_EVENT + 32 * 32 * ROW
"""What was known when each transfer was started: row `channel * 64 + number % 64`."""
AT_L3_START = AT_START + 2 * PLACES_OF_QUEUE * ROW

# --- transfers ------------------------------------------------------------------------------
STARTED_BY = AT_L3_START + ROW
"""For each transfer, in the same rows: slot of the command, and the address it returns to."""
STARTED_SLOT, STARTED_CALLER = 0, 1
LAST_OF_ID = STARTED_BY + 2 * PLACES_OF_QUEUE * 2
"""For each id two: the number of its last transfer on RX and TX."""
STATUS_SEEN = LAST_OF_ID + 64 * 2
"""For each core: transfers complete when it last read the status register."""

# --- single numbers -------------------------------------------------------------------------
(
    COMPLETE,
    _,
    L3_STARTED,
    L3_SLOT,
    L3_CALLER,
    ASLEEP,
    FREES,
    FOUND,
    LAYERS,
    STACK_TOP,
    STACK_BYTES,
    PLAN,
    SHADOW,
) = range(STATUS_SEEN + 32, STATUS_SEEN + 32 + 13)
"""Transfers of RX and TX noted as complete; L3 transfers started, and the last one's command;
cores asleep; how often ids were freed; findings; layers of the plan, -1 without one; top of core
0's stack and bytes of each, 0 if not known; where the tables of the plan and the shadow of L1
begin in `s`."""

LAYER_OF = STATUS_SEEN + 48
"""For each core: the number of the layer it is in, `LAYERS` outside."""

# --- findings -------------------------------------------------------------------------------
MOST_FINDINGS = 20
FINDINGS = LAYER_OF + 32
FINDING_SIZE = 12
(
    F_KIND,
    F_CORE,
    F_SLOT,
    F_CALLER,
    F_ADDRESS,
    F_LAYER,
    F_OTHER,
    F_OTHER_SLOT,
    F_OTHER_CALLER,
    F_COUNT,
    F_ID,
    F_BYTES,
) = range(FINDING_SIZE)
"""Kind; who, where and for whom; which byte, in which layer; the other party's entity, slot and
caller; how often; the transfer id whose being freed takes the finding back, -1 for none."""

FIXED_SIZE = FINDINGS + MOST_FINDINGS * FINDING_SIZE

# --- the plan: LAYERS slots of layer entries, then two rows (L1, L2) for each layer and for
# none: where its intervals begin and how many there are; then intervals.
INTERVAL = 3
"""First address, the one behind the last, and a mask of who may do what to it."""
CORES_READ, CORES_WRITE, TRANSFERS_READ, TRANSFERS_WRITE, READ_UNWRITTEN = 1, 2, 4, 8, 16
ANYTHING = CORES_READ | CORES_WRITE | TRANSFERS_READ | TRANSFERS_WRITE

# --- kinds ----------------------------------------------------------------------------------
(
    NONE,
    RACE_READ_WRITE,
    RACE_WRITE_WRITE,
    RACE_WRITE_READ,
    UNWRITTEN,
    OUTSIDE_PLAN_READ,
    OUTSIDE_PLAN_WRITE,
    STACK_OVERFLOW,
    ENDS_EARLY,
) = range(9)
"""RACE_x_y: the access that was noticed does x, the other party did y before, or is at it.
OUTSIDE_PLAN_x with a channel as the other party: a transfer of it is to do x. ENDS_EARLY: the
program ends and nobody has waited for a result."""
