"""The DMA's registers: transfer ids, and the commands cores write word by word."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from nmc.sim import layout as at
from nmc.sim.oracle.agent import NEVER, Fault
from nmc.sim.oracle.dma_channel import Channel, Command
from nmc.sim.oracle.memory import CodeGuard, Memory, Port
from nmc.targets import Target

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core
    from nmc.sim.oracle.event_unit import EventUnit

COMMAND, STATUS = 0, 4
LENGTH = 0x1_FFFF
INTO_L1, TWO_D, EVENT, BROADCAST = 1 << 17, 1 << 19, 1 << 20, 1 << 22


class Dma:
    """Both channels, and what each core has written so far."""

    def __init__(
        self,
        target: Target,
        l1: Memory,
        l2: Memory,
        port: Port,
        code: CodeGuard,
        events: "EventUnit",
    ):
        self.target = target
        self.l1 = l1
        self.l2 = l2
        self.code = code
        self.events = events
        self.into, self.out = (
            Channel(target, into_l1, l1, l2, port, self.finish) for into_l1 in (True, False)
        )
        self.allocated = [False] * target.dma.ids
        self.under_way = [0] * target.dma.ids
        """Commands of each id that are not done."""
        self.words: list[list[int]] = [[] for _ in range(target.cores)]
        """Of the command each core is writing."""
        self.current = [0] * target.cores
        """The id each core was given last."""
        self.waiting: list[Core] = []
        """Cores that wait for an id."""
        self.bytes = 0

    # --- loads ----------------------------------------------------------------------------------

    def allocate(self, core: "Core") -> Generator[None, None, int]:
        """The least free id; the core sleeps until there is one, and asks anew a cycle later."""
        while all(self.allocated):
            since = core.time
            self.waiting.append(core)
            core.time = NEVER
            yield
            core.stalls["dma"] += core.time - since
        transfer = self.allocated.index(False)
        self.allocated[transfer] = True
        self.current[core.number] = transfer
        self.words[core.number].clear()
        return transfer

    def busy(self) -> int:
        """Mask of the ids with commands under way."""
        return sum(1 << i for i, commands in enumerate(self.under_way) if commands)

    # --- stores ---------------------------------------------------------------------------------

    def free(self, mask: int, now: int) -> None:
        """Frees the ids of a mask."""
        for i in range(len(self.allocated)):
            if mask >> i & 1:
                self.allocated[i] = False
        for core in self.waiting:
            core.time = now + 1
        self.waiting.clear()

    def write_word(self, core: "Core", value: int) -> Iterator[None]:
        """A word of a command: the command itself, L1 address, L2 address, line and stride."""
        words = self.words[core.number]
        flags = words[0] if words else value
        if len(words) < (4 if flags & TWO_D else 2):
            words.append(value)
            return
        channel = self.into if flags & INTO_L1 else self.out
        while channel.full:
            core.stall("dma", 1)
            yield
        words.append(value)
        command = self.command(core, words)
        self.check(command)
        words.clear()
        self.under_way[command.transfer] += 1
        self.bytes += command.length
        channel.enqueue(command, core.time)

    def command(self, core: "Core", words: list[int]) -> Command:
        """The command a core's words are."""
        flags, l1, l2, *shape = words
        length = flags & LENGTH
        line, stride = shape or (length, 0)
        return Command(
            transfer=self.current[core.number],
            core=core.number,
            into_l1=bool(flags & INTO_L1),
            length=length,
            l1=l1,
            l2=l2,
            line=line,
            stride=stride,
            event=bool(flags & EVENT),
            broadcast=bool(flags & BROADCAST),
            time=core.time,
        )

    def check(self, command: Command) -> None:
        """Fault if a command cannot be carried out."""
        c = command
        if not 1 <= c.length <= self.target.dma.max_bytes:
            raise Fault(at.FAULT_DMA_LENGTH)
        if not self.l1.holds(c.l1, c.length):
            raise Fault(at.FAULT_DMA_L1)
        if c.line == 0:
            raise Fault(at.FAULT_DMA_LENGTH)
        low = c.l2
        high = c.l2 + (c.length - 1) // c.line * c.stride + min(c.line, c.length)
        if not self.l2.holds(low, high - low):
            raise Fault(at.FAULT_DMA_EXT)
        if not c.into_l1 and self.code.overlaps(low, high - low):
            raise Fault(at.FAULT_DMA_CODE)

    def finish(self, command: Command, time: int) -> None:
        """A command is done."""
        self.under_way[command.transfer] -= 1
        if not command.event:
            return
        receivers = range(self.target.cores) if command.broadcast else [command.core]
        for number in receivers:
            self.events.raise_event(number, self.target.event_unit.dma_event, time)
