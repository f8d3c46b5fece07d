"""Notes findings, each once for each pair of places in the code."""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import AT_SANITIZE, REG_SHIFT, REGS
from nmc.sim.sanitize.places import (
    F_ADDRESS,
    F_BYTES,
    F_CALLER,
    F_CORE,
    F_COUNT,
    F_ID,
    F_KIND,
    F_LAYER,
    F_OTHER,
    F_OTHER_CALLER,
    F_OTHER_SLOT,
    F_SLOT,
    FINDING_SIZE,
    FINDINGS,
    FOUND,
    LAYER_OF,
    MOST_FINDINGS,
)

RA = 1
NOBODY = -1
CERTAIN = -1
"""Instead of a transfer id: nothing takes the finding back."""


@compiled
def caller(s: Words, core: int) -> int:
    """The core's return address."""
    return s[u64(REGS + (core << REG_SHIFT) + RA)]


@compiled
def record(
    s: Words,
    kind: int,
    core: int,
    slot: int,
    address: int,
    size: int,
    other: int,
    other_slot: int,
    other_caller: int,
    transfer_id: int,
) -> None:
    """Notes that `core` did something of `kind` to `size` bytes at `address`."""
    b = s[AT_SANITIZE]
    layer = s[u64(b + LAYER_OF + core)]
    found = s[u64(b + FOUND)]
    for i in range(found):
        f = b + FINDINGS + i * FINDING_SIZE
        if (
            s[u64(f + F_KIND)] == kind
            and s[u64(f + F_SLOT)] == slot
            and s[u64(f + F_LAYER)] == layer
            and s[u64(f + F_OTHER_SLOT)] == other_slot
            and s[u64(f + F_OTHER_CALLER)] == other_caller
        ):
            s[u64(f + F_COUNT)] += 1
            if transfer_id == CERTAIN:
                s[u64(f + F_ID)] = CERTAIN
            return
    if found == MOST_FINDINGS:
        return
    s[u64(b + FOUND)] = found + 1
    f = b + FINDINGS + found * FINDING_SIZE
    s[u64(f + F_KIND)] = kind
    s[u64(f + F_CORE)] = core
    s[u64(f + F_SLOT)] = slot
    s[u64(f + F_CALLER)] = caller(s, core)
    s[u64(f + F_ADDRESS)] = address
    s[u64(f + F_BYTES)] = size
    s[u64(f + F_LAYER)] = layer
    s[u64(f + F_OTHER)] = other
    s[u64(f + F_OTHER_SLOT)] = other_slot
    s[u64(f + F_OTHER_CALLER)] = other_caller
    s[u64(f + F_COUNT)] = 1
    s[u64(f + F_ID)] = transfer_id


@compiled
def take_back(s: Words, transfer_id: int) -> None:
    """Removes the findings that were in doubt until the id was freed."""
    b = s[AT_SANITIZE]
    i = 0
    while i < s[u64(b + FOUND)]:
        f = b + FINDINGS + i * FINDING_SIZE
        if s[u64(f + F_ID)] != transfer_id:
            i += 1
            continue
        s[u64(b + FOUND)] -= 1
        last = b + FINDINGS + s[u64(b + FOUND)] * FINDING_SIZE
        for k in range(FINDING_SIZE):
            s[u64(f + k)] = s[u64(last + k)]
