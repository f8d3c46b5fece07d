"""Which bodies a program spends its time in, and putting their machine code in place."""

from functools import cache, partial

import numpy as np

from nmc.sim import layout as at
from nmc.sim.decoder import Code
from nmc.sim.native.bodies import Body, Place, find_bodies
from nmc.sim.native.emission import CONSTANTS, NAME, emit_body, lines_of
from nmc.sim.native.machine_code import machine_code
from nmc.sim.state import Machine

HOT = 200_000
"""Instructions from which on a body is worth compiling, which takes as long as some millions of
them; finding it compiled in the cache takes as long as some hundred thousand."""
FIRST_SLICE, LAST_SLICE = 25_000, 50_000_000
"""Cycles after which the engine comes back to have bodies compiled: the first time, and at most."""


class HotBodies:
    """The bodies of a decoded program on a machine.

    At each body's first instruction stands OP_BODY (the instruction itself is in the next slot,
    the address of the machine code in the one behind): while there is no machine code it counts
    the turns there, downwards.
    """

    def __init__(self, machine: Machine, code: Code, load_use: int):
        self.machine = machine
        self.first = int(machine.s[at.AT_CODE])
        slots = 1 << int(machine.s[at.CFG_LINE_SHIFT])
        plain = int(machine.s[at.CFG_SLOT_SHIFT]) == 0
        places = find_bodies(code, slots, load_use) if plain else ()
        self._watch(list(places))
        for place in self.cold:
            self._mark(place)
        self.slice = FIRST_SLICE
        self.begun = 0
        self.constants = {place: int(machine.s[place]) for place in CONSTANTS}

    def left(self, now: int) -> int:
        """Cycles from `now` on after which to compile."""
        self.begun = min(self.begun, now)
        return max(self.begun + self.slice - now, 1)

    def compile(self, now: int) -> None:
        """Makes the machine code of the bodies that are hot by now, if it is time for it."""
        if now < self.begun + self.slice:
            return
        self.begun = now
        executed = -self.machine.s[self.functions] * self.lengths
        hot = {self.cold[k].body for k in np.flatnonzero(executed >= HOT)}
        for body in hot:
            emit = partial(emit_body, body, self.constants)
            what = f"{_described(body)} {self.constants}"
            address = machine_code().address(what, emit, NAME)
            same = [place.body == body for place in self.cold]
            self.machine.s[self.functions[same]] = address
        if hot:
            self._watch([place for place in self.cold if place.body not in hot])
        self.slice = FIRST_SLICE if hot else min(2 * self.slice, LAST_SLICE)
        if not self.cold:
            self.slice = LAST_SLICE

    def _mark(self, place: Place) -> None:
        s, at_slot = self.machine.s, self.first + place.slot
        s[at_slot + 1] = s[at_slot] | at.BEHIND
        last = 4 * (len(place.body.steps) - 1)
        s[at_slot] = (
            at.OP_BODY
            | (place.loop << at.D_SHIFT)
            | ((last << 16 | place.body.cycles) << at.IMM_SHIFT)
        )
        s[at_slot + 2] = 0

    def _watch(self, places: list[Place]) -> None:
        """These have no machine code yet; where it would stand, and their instructions."""
        self.cold = places
        self.functions = np.array([self.first + place.slot + 2 for place in places], np.int64)
        self.lengths = np.array([len(place.body.steps) for place in places], np.int64)


@cache
def _described(body: Body) -> str:
    """The body's instructions with what they do."""
    return repr((body, [lines_of(step) for step in body.steps]))
