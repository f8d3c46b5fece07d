"""Whether bytes belong to whom the memory plan gave them: buffers of a layer, stacks of cores."""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import AT_CODE, AT_SANITIZE, CFG_CORES, FIELD_MASK, S1_SHIFT
from nmc.sim.sanitize.clocks import advance
from nmc.sim.sanitize.places import (
    CORES_WRITE,
    INTERVAL,
    LAYER_OF,
    LAYERS,
    NONE,
    OUTSIDE_PLAN_READ,
    OUTSIDE_PLAN_WRITE,
    PLAN,
    READ_UNWRITTEN,
    STACK_BYTES,
    STACK_OVERFLOW,
    STACK_TOP,
)

SP = 2
IN_L1, IN_L2 = 0, 1


@compiled
def enter_layer(s: Words, core: int, slot: int) -> None:
    """The core is at a layer's entry: other buffers are its from now on."""
    b = s[AT_SANITIZE]
    layers = s[u64(b + LAYERS)]
    for layer in range(layers):
        if s[u64(s[u64(b + PLAN)] + layer)] == slot:
            s[u64(b + LAYER_OF + core)] = layer
    # What it has touched is looked at again.
    advance(s, core)


@compiled
def allowed(s: Words, core: int, memory: int, low: int, high: int, what: int) -> bool:
    """Whether a buffer of the core's layer holds addresses low..high and lets it do `what`.

    `high` is exclusive; `what` is CORES_READ or its like. Without a plan everything is allowed,
    but READ_UNWRITTEN is not.
    """
    b = s[AT_SANITIZE]
    layers = s[u64(b + LAYERS)]
    if layers < 0:
        return what != READ_UNWRITTEN
    row = s[u64(b + PLAN)] + layers + 2 * (2 * s[u64(b + LAYER_OF + core)] + memory)
    first = s[u64(row)]
    for interval in range(first, first + s[u64(row + 1)] * INTERVAL, INTERVAL):
        if s[u64(interval)] <= low and high <= s[u64(interval + 1)] and s[u64(interval + 2)] & what:
            return True
    return False


@compiled
def read_whole(s: Words, core: int, address: int) -> bool:
    """Whether the byte lies in a buffer that is read whole even if it was written in part."""
    return allowed(s, core, IN_L1, address, address + 1, READ_UNWRITTEN)


@compiled
def on_stack(s: Words, core: int, low: int, high: int) -> bool:
    """Whether addresses low..high (exclusive) lie on the core's own stack."""
    b = s[AT_SANITIZE]
    size = s[u64(b + STACK_BYTES)]
    top = s[u64(b + STACK_TOP)] - core * size
    return core < s[CFG_CORES] and top - size <= low and high <= top


@compiled
def misplaced(s: Words, core: int, slot: int, low: int, high: int, what: int) -> int:
    """The kind of finding it is that the core does `what` to L1 at low..high (exclusive).

    NONE if it may.
    """
    if on_stack(s, core, low, high):
        return NONE
    b = s[AT_SANITIZE]
    base_register = (s[u64(s[AT_CODE] + slot)] >> S1_SHIFT) & FIELD_MASK
    if base_register == SP and s[u64(b + STACK_BYTES)] > 0 and core < s[CFG_CORES]:
        return STACK_OVERFLOW
    if allowed(s, core, IN_L1, low, high, what):
        return NONE
    return OUTSIDE_PLAN_WRITE if what == CORES_WRITE else OUTSIDE_PLAN_READ
