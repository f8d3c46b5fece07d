"""The time wheel: who does something next, and when."""

from nmc.sim.jit import compiled, u64
from nmc.sim.layout import (
    FAULT,
    FAULT_ADDRESS,
    FAULT_CORE,
    IDX,
    KIND,
    KIND_RESUME,
    PEND_SHIFT,
    STALL_SHIFT,
    STATUS_FAULT,
    STEP_SHIFT,
    WHEEL_MASK,
    WORD,
)
from nmc.sim.state import Machine


@compiled
def park(m: Machine, entity: int, kind: int, time: int) -> None:
    """Lets `entity` go on at `time`, less than WHEEL cycles from now, with event `kind`."""
    m.pend[u64((entity << PEND_SHIFT) | KIND)] = kind
    m.wheel[u64(time & WHEEL_MASK)] |= 1 << entity


@compiled
def resume(m: Machine, core: int, time: int) -> None:
    """Lets `core` fetch its next instruction at `time`."""
    park(m, core, KIND_RESUME, time)


@compiled
def step_over(m: Machine, core: int) -> None:
    """Moves `core` behind the instruction it waits with."""
    w = m.pend[u64((core << PEND_SHIFT) | WORD)]
    m.pend[u64((core << PEND_SHIFT) | IDX)] += (w >> STEP_SHIFT) & 7


@compiled
def stall(m: Machine, core: int, kind: int, cycles: int) -> None:
    """Counts `cycles` in which `core` does not issue."""
    m.stalls[u64((core << STALL_SHIFT) | kind)] += cycles


@compiled
def fault(m: Machine, core: int, code: int, address: int) -> int:
    """Notes a fault of the program and returns the status that stops the engine."""
    m.state[u64(FAULT)] = code
    m.state[u64(FAULT_CORE)] = core
    m.state[u64(FAULT_ADDRESS)] = address
    return STATUS_FAULT
