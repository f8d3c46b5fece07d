"""The whole machine, and the order in which its agents take their steps."""

from collections.abc import Iterable

from nmc.sim.oracle.agent import NEVER, Agent
from nmc.sim.oracle.banks import Banks
from nmc.sim.oracle.bus import Bus
from nmc.sim.oracle.code import Code
from nmc.sim.oracle.core import Core
from nmc.sim.oracle.dma import Dma
from nmc.sim.oracle.event_registers import EventRegisters
from nmc.sim.oracle.event_unit import EventUnit
from nmc.sim.oracle.icache import SharedCache
from nmc.sim.oracle.l3 import L3Channel
from nmc.sim.oracle.memory import CodeGuard, Memory, Port
from nmc.sim.oracle.peripherals import Peripherals
from nmc.targets import Target


class Memories:
    """What a reset leaves alone, but for L1."""

    def __init__(self, target: Target):
        self.l1 = Memory(target.l1.base, target.l1.bytes)
        self.l2 = Memory(target.l2.base, target.l2.bytes)
        self.l3 = Memory(target.l3.base, target.l3.bytes)

    @property
    def all(self) -> tuple[Memory, ...]:
        """The three."""
        return self.l1, self.l2, self.l3


class StillRunning(Exception):
    """The program has not ended before its limit."""


class Deadlock(Exception):
    """Nothing can happen any more."""


class Machine:
    """A machine after its reset."""

    def __init__(self, target: Target, code: Code, memories: Memories, layers: Iterable[int]):
        """`layers`: addresses at which `run` comes back when core 0 is about to execute them."""
        self.target = target
        self.code = code
        self.layers = frozenset(layers)
        self.port = Port()
        self.icache = SharedCache(target.icache, self.port)
        harts = [target.cluster.id << 5 | number for number in range(target.cores)]
        self.cores = [Core(self, number, hart) for number, hart in enumerate(harts)]
        self.controller = Core(self, target.cores, target.fabric_controller.hart)
        everyone = [*self.cores, self.controller]
        guard = CodeGuard(code.words)
        self.events = EventUnit(target, everyone)
        self.event_registers = EventRegisters(self.events, target.timing.event_unit_access)
        m = memories
        self.dma = Dma(target, m.l1, m.l2, self.port, guard, self.events)
        self.l3_channel = L3Channel(target, m.l2, m.l3, self.port, guard, self.events)
        self.bus = Bus(target, m.l1, m.l2, self.port, guard, Peripherals(self))
        channels = (self.dma.into, self.dma.out)
        self.banks = Banks(target.l1.banks, everyone, channels)
        self.steppers: tuple[Agent, ...] = (*everyone, self.l3_channel)
        """Agents that take their steps before the banks are given away, in their order."""
        self.agents: tuple[Agent, ...] = (*self.steppers, *channels)
        self.now = 0
        self.released: int | None = None
        """When the cluster's cores were released."""
        self.output = bytearray()
        self.exit_value: int | None = None
        self.entered: int | None = None
        """The layer core 0 is about to enter."""
        self.actor: Agent = self.controller
        """Whose turn it is."""

    def run(self, max_cycles: int | None) -> None:
        """Runs to the exit or to the next entry of a layer.

        At each time first the cores, the fabric controller and the L3 channel take their steps,
        in this order; then each bank of L1 serves one access.
        """
        self.entered = None
        while True:
            self.now = min(agent.time for agent in self.agents)
            if self.now == NEVER:
                raise Deadlock
            if max_cycles is not None and self.now > max_cycles + (self.released or 0):
                raise StillRunning
            for agent in self.steppers:
                self.actor = agent
                while agent.time == self.now and agent.asking is None:
                    next(agent.life)
                    if self.exit_value is not None or self.entered is not None:
                        return
            self.banks.arbitrate(self.now)
