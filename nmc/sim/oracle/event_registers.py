"""The event unit's registers in a core's view; offsets are those of PULP's event unit."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from nmc.sim.oracle.event_unit import Barrier, EventUnit

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core

MASK, MASK_AND, MASK_OR = 0x00, 0x04, 0x08
STATUS, BUFFER, BUFFER_MASKED, BUFFER_CLEAR = 0x18, 0x1C, 0x20, 0x28
WAIT, WAIT_CLEAR = 0x38, 0x3C
SW_TRIGGER, SW_TRIGGER_WAIT, SW_TRIGGER_WAIT_CLEAR = (
    range(start, start + 0x20, 4) for start in (0x100, 0x140, 0x180)
)
BARRIERS, BARRIER_STRIDE = 0x200, 0x20
TRIGGER_MASK, ARRIVED, TARGET_MASK = 0x00, 0x04, 0x0C
TRIGGER, TRIGGER_SELF, TRIGGER_WAIT, TRIGGER_WAIT_CLEAR = 0x10, 0x14, 0x18, 0x1C
SIZE = 0x400


class EventRegisters:
    """What loads and stores at an offset do."""

    def __init__(self, unit: EventUnit, access: int):
        """`access`: cycles of an access that is no wait."""
        self.unit = unit
        self.access = access

    def load(self, core: "Core", offset: int) -> Generator[None, None, int | None]:
        """The value, after the time it takes; None if there is no such register."""
        clears = self.begin_wait(core, offset)
        if clears is not None:
            yield from self.unit.wait(core, clears)
            return self.unit.views[core.number].events
        value = self.read(core, offset)
        if value is not None:
            core.time += 1
            core.stall("peripheral", self.access - 1)
        return value

    def begin_wait(self, core: "Core", offset: int) -> bool | None:
        """Whether a wait takes its events out of the buffer; None if the register is none.

        Does what comes before the wait: triggers a software event or a barrier.
        """
        if offset in (WAIT, WAIT_CLEAR):
            return offset == WAIT_CLEAR
        if offset in SW_TRIGGER_WAIT or offset in SW_TRIGGER_WAIT_CLEAR:
            self.unit.trigger_software(offset // 4 % 8, 0, core.time)
            return offset in SW_TRIGGER_WAIT_CLEAR
        barrier, register = self.barrier(offset)
        if barrier is None or register not in (TRIGGER_WAIT, TRIGGER_WAIT_CLEAR):
            return None
        self.unit.trigger_barrier(barrier, 1 << core.number, core.time)
        return register == TRIGGER_WAIT_CLEAR

    def read(self, core: "Core", offset: int) -> int | None:
        """A register that is no wait."""
        view = self.unit.views[core.number]
        own = {
            MASK: view.mask,
            STATUS: 1,
            BUFFER: view.buffer,
            BUFFER_MASKED: view.buffer & view.mask,
        }
        barrier, register = self.barrier(offset)
        if barrier is None:
            return own.get(offset)
        if register == TRIGGER_SELF:
            self.unit.trigger_barrier(barrier, 1 << core.number, core.time)
            return 0
        values = {
            TRIGGER_MASK: barrier.expected,
            ARRIVED: barrier.arrived,
            TARGET_MASK: barrier.targets,
        }
        return values.get(register)

    def store(self, core: "Core", offset: int, value: int) -> bool:
        """Writes a register; False if there is no such register."""
        view = self.unit.views[core.number]
        barrier, register = self.barrier(offset)
        if offset == MASK:
            view.mask = value
        elif offset == MASK_AND:
            view.mask &= ~value
        elif offset == MASK_OR:
            view.mask |= value
        elif offset == BUFFER_CLEAR:
            view.buffer &= ~value
        elif offset in SW_TRIGGER:
            self.unit.trigger_software(offset // 4 % 8, value, core.time)
        elif barrier is None:
            return False
        elif register == TRIGGER_MASK:
            barrier.expected = value
        elif register == TARGET_MASK:
            barrier.targets = value
        elif register == TRIGGER:
            self.unit.trigger_barrier(barrier, value, core.time)
        else:
            return False
        core.time += 1
        core.stall("peripheral", self.access - 1)
        return True

    def barrier(self, offset: int) -> tuple[Barrier | None, int]:
        """The barrier an offset belongs to, and the register's offset in it."""
        number, register = divmod(offset - BARRIERS, BARRIER_STRIDE)
        if 0 <= number < len(self.unit.barriers):
            return self.unit.barriers[number], register
        return None, 0
