"""What is known of the transfers a DMA channel was given, by their numbers from 1 on."""

from nmc.sim.dma import CH_TAIL, Q_ID
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import AT_SANITIZE, CHANNELS, QUEUE, QUEUE_PLACES, RX
from nmc.sim.sanitize.clocks import happened
from nmc.sim.sanitize.places import (
    AT_START,
    PLACES_OF_QUEUE,
    ROW,
    SEEN,
    STARTED_BY,
    STARTED_CALLER,
    STARTED_SLOT,
)
from nmc.sim.sanitize.record import CERTAIN

UNKNOWN = -1


@compiled
def given(s: Words, channel: int) -> int:
    """The number of the channel's last transfer (channel 0: into L1, 1: out of it)."""
    return s[u64(CHANNELS + (channel << 5) + CH_TAIL)]


@compiled
def remembered(s: Words, channel: int, number: int) -> bool:
    """Whether the transfer is still in the tables."""
    return number > given(s, channel) - PLACES_OF_QUEUE


@compiled
def queue_entry(channel: int, number: int) -> int:
    """Where the command of a remembered transfer is."""
    return QUEUE + (((channel << 6) + (number - 1) % QUEUE_PLACES) << 3)


@compiled
def start_row(s: Words, channel: int, number: int) -> int:
    """Where the row of what was known at its start begins."""
    return s[AT_SANITIZE] + AT_START + (channel * PLACES_OF_QUEUE + number % PLACES_OF_QUEUE) * ROW


@compiled
def started_place(s: Words, channel: int, number: int) -> int:
    """Where it is kept who started the transfer."""
    place = channel * PLACES_OF_QUEUE + number % PLACES_OF_QUEUE
    return s[AT_SANITIZE] + STARTED_BY + place * 2


@compiled
def started_slot(s: Words, channel: int, number: int) -> int:
    """Slot of the instruction that gave the command."""
    if not remembered(s, channel, number):
        return UNKNOWN
    return s[u64(started_place(s, channel, number) + STARTED_SLOT)]


@compiled
def started_caller(s: Words, channel: int, number: int) -> int:
    """Return address of the function that gave the command."""
    if not remembered(s, channel, number):
        return UNKNOWN
    return s[u64(started_place(s, channel, number) + STARTED_CALLER)]


@compiled
def doubt(s: Words, core: int, entity: int, number: int) -> int:
    """For a transfer of channel `entity` that the core does not know to be over.

    Its id, if the core knows of a look at the status register that showed it complete: who polls
    and frees the id later has waited, who never frees it has looked for something else. CERTAIN
    if there was no such look.
    """
    channel = entity - RX
    if happened(s, core, SEEN + channel, number) and remembered(s, channel, number):
        return s[u64(queue_entry(channel, number) + Q_ID)]
    return CERTAIN
