"""The comparison of the engines can fail: every wrong rule below is noticed by a random program."""

from collections.abc import Callable
from typing import Any

import pytest

from nmc.sim import layout as at
from nmc.sim.oracle import core, system
from nmc.sim.oracle.banks import Banks
from nmc.sim.oracle.bus import Bus
from nmc.sim.oracle.code import Decoded
from nmc.sim.oracle.core import Core
from nmc.sim.oracle.dma_channel import Channel
from nmc.sim.oracle.event_unit import EventUnit
from nmc.sim.oracle.icache import PrivateCache
from nmc.sim.oracle.l3 import L3Channel, Transfer
from nmc.sim.oracle.memory import Port
from tests.sim.random_programs import compare, make_program

PROGRAMS = 60


def lowest_core(self: Banks, bank: int, cores: list[Core]) -> Core:
    return cores[0]


def cores_before_dma(self: Banks, now: int, asking: dict[int, list[Core]]) -> set[int]:
    self.served = [served & ~1 for served in self.served]
    return serve_dma(self, now, asking)


def no_renewal(self: PrivateCache, line: int) -> bool:
    return line in self.sets[line % len(self.sets)]


def no_queue(self: Port, now: int, cycles: int) -> int:
    self.free = max(self.free, now + cycles)
    return now


def no_hazard(before: Decoded | None, now: Decoded | None, t: Any) -> tuple[str, int]:
    return "load_use", 0


def outer_loop_first(self: Core) -> bool:
    ends = self.lpend
    if ends[0] == ends[1] and self.lpcount[1] > 1:
        self.lpend = [-1, ends[1]]
    went = go_on(self)
    self.lpend = ends
    return went


def aligned(self: Bus, address: int, size: int) -> list[tuple[int, int]]:
    return [(address, size)]


def burst_without_limit(self: Channel, time: int) -> int:
    return time


def early(self: L3Channel, transfer: Transfer, count: int) -> int:
    return due(self, transfer, count) - 1


def events_kept(self: EventUnit, number: int, time: int) -> None:
    self.views[number].clears = False
    end_wait(self, number, time)


def signed_counter(core: Core, number: int) -> int:
    return at.MASK32 if number in system.INSTRUCTIONS else read_register(core, number)


serve_dma, go_on, due, end_wait = Banks.serve_dma, Core.go_on, L3Channel.due, EventUnit.end_wait
read_register = system.read_register

WRONG: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "the lowest core always wins its bank": (Banks, "winner", lowest_core),
    "cores win their banks from the DMA": (Banks, "serve_dma", cores_before_dma),
    "first in, first out in the private caches": (PrivateCache, "hit", no_renewal),
    "nobody waits for the port of L2": (Port, "take", no_queue),
    "no load-use stalls": (core, "hazard", no_hazard),
    "the outer of two loops with one end goes first": (Core, "go_on", outer_loop_first),
    "one access for two words": (Bus, "words", aligned),
    "bursts cost nothing": (Channel, "burst_start", burst_without_limit),
    "L3 a cycle early": (L3Channel, "due", early),
    "waits leave their events": (EventUnit, "end_wait", events_kept),
    "a wrong control register": (system, "read_register", signed_counter),
}
"""Rules of the oracle, each replaced."""


NOTICED_BY = (0, 2, 12, 17, 24, 27)
"""Programs tried first, since they notice what others do not; only time depends on them."""


@pytest.mark.parametrize("name", WRONG)
def test_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*WRONG[name])

    def is_noticed(seed: int) -> bool:
        try:
            compare(make_program(seed))
        except AssertionError:
            return True
        return False

    seeds = dict.fromkeys((*NOTICED_BY, *range(PROGRAMS)))
    assert any(is_noticed(seed) for seed in seeds)
