"""Memory-mapped registers: cluster control, event unit, DMA, L3 channel, exit, output.

A register answers at exactly its address, whatever the width of the access.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

from nmc.sim import layout as at
from nmc.sim.oracle.agent import Fault
from nmc.sim.oracle.dma import COMMAND, STATUS
from nmc.sim.oracle.event_registers import SIZE as EVENT_REGISTERS

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core
    from nmc.sim.oracle.machine import Machine

OUTPUT_BYTES = 0x1000
"""Addresses at which characters are written."""


class Peripherals:
    """All registers of a machine."""

    def __init__(self, machine: "Machine"):
        self.machine = machine
        self.map = machine.target.map
        self.boot = [0] * machine.target.cores
        self.enabled = [False] * machine.target.cores

    def load(self, core: "Core", address: int) -> Generator[None, None, int | None]:
        """A register's value, None if there is none at the address."""
        machine = self.machine
        if core.in_cluster:
            if address == self.map.dma + COMMAND:
                transfer = yield from machine.dma.allocate(core)
                self.private(core)
                return transfer
            if address == self.map.dma + STATUS:
                self.private(core)
                return machine.dma.busy()
            if 0 <= address - self.map.event_unit < EVENT_REGISTERS:
                value = yield from machine.event_registers.load(core, address - self.map.event_unit)
                return value
        value = self.shared_register(address)
        if value is not None:
            self.shared(core)
        return value

    def shared_register(self, address: int) -> int | None:
        """A register that every core sees alike."""
        machine = self.machine
        channel = self.map.l3_channel
        if address in range(channel, channel + 12, 4):
            return machine.l3_channel.registers[(address - channel) // 4]
        if address == channel + 12:
            return int(machine.l3_channel.transfer is not None)
        if address == self.map.icache_enable:
            return int(machine.icache.enabled)
        if address == self.map.fetch_enable:
            return sum(1 << i for i, enabled in enumerate(self.enabled) if enabled)
        index = self.boot_index(address)
        return None if index is None else self.boot[index]

    def boot_index(self, address: int) -> int | None:
        """The core whose boot address is at an address."""
        index, rest = divmod(address - self.map.boot_address, 4)
        return index if rest == 0 and 0 <= index < len(self.boot) else None

    def store(self, core: "Core", address: int, value: int) -> Generator[None, None, bool]:
        """Writes a register; False if there is none at the address."""
        machine = self.machine
        if core.in_cluster:
            if address == self.map.dma + COMMAND:
                yield from machine.dma.write_word(core, value)
                self.private(core)
                return True
            if address == self.map.dma + STATUS:
                machine.dma.free(value, core.time)
                self.private(core)
                return True
            if 0 <= address - self.map.event_unit < EVENT_REGISTERS:
                return machine.event_registers.store(core, address - self.map.event_unit, value)
        known = self.write_shared_register(core, address, value)
        if known and self.machine.exit_value is None:
            self.shared(core)
        return known

    def write_shared_register(self, core: "Core", address: int, value: int) -> bool:
        """Writes a register that every core sees alike."""
        machine = self.machine
        channel = self.map.l3_channel
        index = self.boot_index(address)
        if address in (channel, channel + 4):
            machine.l3_channel.registers[(address - channel) // 4] = value
        elif address == channel + 8:
            machine.l3_channel.start(core.number, value, core.time)
        elif address == self.map.exit:
            machine.exit_value = value
        elif 0 <= address - self.map.putchar < OUTPUT_BYTES:
            machine.output.append(value & 0xFF)
        elif address == self.map.icache_enable:
            machine.icache.enabled = bool(value & 1)
        elif address == self.map.fetch_enable:
            self.enable(value, core.time)
        elif index is not None:
            self.boot[index] = value
        else:
            return False
        return True

    def enable(self, mask: int, now: int) -> None:
        """Starts the cores of a mask that do not run yet, a cycle later."""
        machine = self.machine
        for core in machine.cores:
            if not mask >> core.number & 1 or self.enabled[core.number]:
                continue
            address = self.boot[core.number]
            if address not in machine.code:
                raise Fault(at.FAULT_BOOT, address)
            self.enabled[core.number] = True
            if machine.released is None:
                machine.released = now
            core.begin(address, now + 1)

    # --- time -----------------------------------------------------------------------------------

    def private(self, core: "Core") -> None:
        """The time of a register in the core's own view."""
        core.time += 1
        core.stall("peripheral", self.machine.target.timing.event_unit_access - 1)

    def shared(self, core: "Core") -> None:
        """The time of a register of the cluster."""
        core.time += 1
        core.stall("peripheral", self.machine.target.timing.peripheral_access - 1)
