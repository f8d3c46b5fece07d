"""Findings in words: who did what, where, to which buffer, and with whom it collides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nmc.elf import ElfImage
from nmc.errors import ProgramFault
from nmc.sim import layout as at
from nmc.sim.faults import name_of
from nmc.sim.jit import Ints
from nmc.sim.location import Location, locate
from nmc.sim.program import ProgramCode
from nmc.sim.sanitize import places
from nmc.sim.sanitize.plan_tables import PlanTables
from nmc.sim.sanitize.record import CERTAIN, NOBODY
from nmc.sim.state import Machine

_RACES = {
    places.RACE_READ_WRITE: ("reads", "writes"),
    places.RACE_WRITE_WRITE: ("writes", "writes"),
    places.RACE_WRITE_READ: ("writes", "reads"),
}


@dataclass(frozen=True)
class Finding:
    """One thing a program does that it should not."""

    kind: str
    """`race`, `dma-race`, `uninitialised-read`, `outside-plan` or `stack-overflow`."""
    core: str
    location: Location
    caller: Location | None
    """Where the function that holds `location` was called, if that is known."""
    layer: str | None
    buffer: str | None
    """Name of the buffer of the memory plan that is touched."""
    address: int
    what: str
    """The sentence."""
    count: int
    """How often it was noticed."""

    def __str__(self) -> str:
        words = [f"{self.core} at {self.location}"]
        if self.caller is not None:
            words.append(f"called from {place_of(self.caller)}")
        if self.layer is not None:
            words.append(f"layer {self.layer}")
        if self.buffer is not None:
            words.append(f"buffer {self.buffer}")
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.kind}: {', '.join(words)}: {self.what}{times}"

    def to_json(self) -> dict[str, Any]:
        """The finding as it stands in the JSON of `nmc run`."""
        return {
            "kind": self.kind,
            "core": self.core,
            "pc": self.location.pc,
            "symbol": self.location.symbol,
            "source": self.location.source,
            "layer": self.layer,
            "buffer": self.buffer,
            "address": self.address,
            "count": self.count,
            "text": str(self),
        }


def findings(
    m: Machine, image: ElfImage, code: ProgramCode, plan: PlanTables
) -> tuple[Finding, ...]:
    """What the sanitizers have found so far, in the order of time."""
    base = int(m.s[at.AT_SANITIZE])
    count = int(m.s[base + places.FOUND])
    rows = m.area(base + places.FINDINGS, (places.MOST_FINDINGS, places.FINDING_SIZE))[:count]
    # A program that never frees ids waits for its transfers in another way.
    frees = m.s[base + places.FREES] > 0
    teller = _Teller(m, image, code, plan)
    return tuple(teller.tell(row) for row in rows if row[places.F_ID] == CERTAIN or frees)


def fault_with_findings(fault: ProgramFault, found: Sequence[Finding]) -> ProgramFault:
    """The fault of a program in which something was found before: that may be its cause."""
    if not found:
        return fault
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return ProgramFault(f"{fault}; the sanitizers found before: {found[0]}{more}")


def place_of(location: Location) -> str:
    """The shortest words for a place: function and line, or the address."""
    words = [word for word in (location.symbol, location.source) if word is not None]
    return ", ".join(words) or f"{location.pc:#010x}"


class _Teller:
    def __init__(self, m: Machine, image: ElfImage, code: ProgramCode, plan: PlanTables):
        self.image, self.code, self.plan = image, code, plan
        self.cores = int(m.s[at.CFG_CORES])
        self.l1_base, self.l1_bytes = int(m.s[at.CFG_L1_BASE]), int(m.s[at.CFG_L1_BYTES])

    def tell(self, row: Ints) -> Finding:
        kind, other = int(row[places.F_KIND]), int(row[places.F_OTHER])
        address, core = int(row[places.F_ADDRESS]), int(row[places.F_CORE])
        location = self.locate(int(row[places.F_SLOT]))
        number = int(row[places.F_LAYER])
        layer = number if 0 <= number < self.plan.layers else None
        buffer = self.plan.buffer_at(address, layer)
        return Finding(
            kind=self.kind_of(kind, other),
            core=name_of(core, self.cores),
            location=location,
            caller=self.caller(location, int(row[places.F_CALLER])),
            layer=None if layer is None else self.plan.layer_names[layer],
            buffer=None if buffer is None else buffer.name,
            address=address,
            what=self.sentence(row, core),
            count=int(row[places.F_COUNT]),
        )

    def kind_of(self, kind: int, other: int) -> str:
        if kind in _RACES or kind == places.ENDS_EARLY:
            return "dma-race" if other in (at.RX, at.TX, at.L3_CHANNEL) else "race"
        return {
            places.UNWRITTEN: "uninitialised-read",
            places.OUTSIDE_PLAN_READ: "outside-plan",
            places.OUTSIDE_PLAN_WRITE: "outside-plan",
            places.STACK_OVERFLOW: "stack-overflow",
        }[kind]

    def sentence(self, row: Ints, core: int) -> str:
        kind, address = int(row[places.F_KIND]), int(row[places.F_ADDRESS])
        size = int(row[places.F_BYTES])
        what = f"{size} byte{'s' if size != 1 else ''} at {address:#010x}"
        if kind == places.UNWRITTEN:
            return f"reads {what} of L1, which nothing has written"
        if kind in (places.OUTSIDE_PLAN_READ, places.OUTSIDE_PLAN_WRITE):
            verb = "read" if kind == places.OUTSIDE_PLAN_READ else "write"
            if int(row[places.F_OTHER]) == NOBODY:
                return (
                    f"{verb}s {what}, which do not lie in a buffer of the layer that cores {verb}"
                )
            return (
                f"has a transfer {verb} {what}, which do not lie in a buffer of the layer that "
                f"transfers {verb}"
            )
        if kind == places.STACK_OVERFLOW:
            top = self.plan.stack_top - core * self.plan.stack_bytes
            return (
                f"touches {what}, which do not lie in its stack, "
                f"{top - self.plan.stack_bytes:#010x} to {top:#010x}"
            )
        if kind == places.ENDS_EARLY:
            return f"ends the program, but {what} are what {self.other_party(row, 'writes')}"
        does, did = _RACES[kind]
        return f"{does} {what}, which {self.other_party(row, did)}"

    def other_party(self, row: Ints, did: str) -> str:
        other = int(row[places.F_OTHER])
        past = {"reads": "has read", "writes": "has written"}[did]
        if other == places.HOST:
            return f"the host {past}"
        location = self.locate(int(row[places.F_OTHER_SLOT]))
        if other not in (at.RX, at.TX, at.L3_CHANNEL):
            who = name_of(other, self.cores)
            return f"{who} {past} at {location}, with no barrier or event between"
        caller = self.caller(location, int(row[places.F_OTHER_CALLER]))
        start = f"started at {location}"
        if caller is not None:
            start += f", called from {place_of(caller)}"
        engine = {at.RX: "the DMA (into L1)", at.TX: "the DMA (out of L1)"}.get(
            other, "the L3 channel"
        )
        return f"{engine} {did} in a transfer {start}, whose end has not been waited for"

    def locate(self, slot: int) -> Location:
        return locate(self.image, self.code, self.code.address(slot))

    def caller(self, location: Location, address: int) -> Location | None:
        """The call before a return address, if it is of another function than `location`'s."""
        # Its last bytes: it may be a compressed one.
        call = address - self.code.place_bytes
        if not self.code.contains(call):
            return None
        found = locate(self.image, self.code, call)
        return None if found.symbol in (None, location.symbol) else found
