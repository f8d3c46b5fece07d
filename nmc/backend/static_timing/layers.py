"""All cores through all layers of a program, one layer after the other."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nmc.backend.static_timing.banks import waits
from nmc.backend.static_timing.caches import SharedCache, private_cache
from nmc.backend.static_timing.code import Code, Step
from nmc.backend.static_timing.core import Core, Machine, Unknown
from nmc.backend.static_timing.dma import Dma
from nmc.backend.static_timing.start_up import StartUp
from nmc.targets import Target

# Instructions of a core in a layer that are followed; of a layer of a few thousand cycles there are
# fewer, as turns of a hardware loop that are alike are not walked one by one.
MOST_STEPS = 60_000


@dataclass(frozen=True)
class Program:
    """What is timed: code, the function that calls layers one after another, what is around it."""

    code: Code
    main: str
    start_up: StartUp
    target: Target


def time_layers(
    program: Program, layers: Sequence[str], timed: Collection[str]
) -> Mapping[str, int]:
    """Cycles of layers by the symbol of their code, from the entry of each to the next one's.

    layers: in the order of the calls. timed: those that are wanted. Of the others, and of those
    whose way depends on data, the caches hold the code as if all of it had run.
    """
    return _Timing(program).layers(layers, timed)


class _Timing:
    """The caches are as the layers so far left them."""

    def __init__(self, program: Program):
        self.code, self.target = program.code, program.target
        self.main = self.code.function(program.main)
        self.behind = program.start_up.behind
        self.shared = SharedCache(self.target.icache)
        self.private = [private_cache(self.target.icache) for _ in range(self.target.cores)]
        self._use(passed.line for passed in program.start_up.before)
        first = next((n for n, step in enumerate(self.main) if step.target), 0)
        self._use(step.line for step in self.main[: first + 1])

    def layers(self, names: Sequence[str], timed: Collection[str]) -> Mapping[str, int]:
        """Cycles of the layers that can be told."""
        found = dict[str, int]()
        for name in names:
            self.shared.begin()
            cycles = self._layer(name) if name in timed else None
            if cycles is None:
                for function in self.code.reached(name):
                    self._use(step.line for step in self.code.function(function))
            else:
                found[name] = round(cycles)
        return found

    def _use(self, lines: Iterable[int]) -> None:
        """Have lines in all caches."""
        for line in dict.fromkeys(lines):
            for cache in (self.shared.lines, *self.private):
                cache.use(line)

    def _layer(self, name: str) -> float | None:
        machine = Machine(self.code, self.target, self.shared, Dma(self.target))
        entry = self.code.entries[name]
        cores = [Core(machine, number, cache, entry) for number, cache in enumerate(self.private)]
        try:
            while not cores[0].finished:
                self._to_barrier(cores)
        except Unknown:
            return None
        self._leave(name, cores)
        return cores[0].now

    def _to_barrier(self, cores: Sequence[Core]) -> None:
        """All cores to the next barrier, or to the end of the layer."""
        ways = [core.to_barrier(MOST_STEPS) for core in cores]
        asking = [(core.now, number) for number, core in enumerate(cores)]
        while asking:
            _, number = heapq.heappop(asking)
            if next(ways[number], None) is not None:
                heapq.heappush(asking, (cores[number].now, number))
        for core, late in zip(cores, waits([c.accesses for c in cores], self.target), strict=True):
            core.now += late
            core.accesses.clear()
        if not cores[0].finished:
            # The last one's load of the event has been counted as one cycle.
            self._meet(cores, self.target.timing.barrier - 1)

    def _meet(self, cores: Sequence[Core], cycles: int) -> None:
        met = max(core.now for core in cores) + cycles
        for core in cores:
            core.now = met

    def _leave(self, name: str, cores: Sequence[Core]) -> None:
        """All cores through `main` to the next layer's entry, or to the end of the run."""
        places = [place for place, step in enumerate(self.main) if step.target == name]
        steps = self.main[places[-1] + 1 :] if places else ()
        last = not any(step.target for step in steps)
        for step in _until_call(steps):
            for core in cores:
                core.pass_by(step.line, step.cycles)
        for passed in self.behind if last else ():
            for core in cores:
                core.pass_by(passed.line, passed.cycles)
            if passed.waits:
                self._meet(cores, 0)


def _until_call(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps up to the first call, it included."""
    first = next((number for number, step in enumerate(steps) if step.target), len(steps) - 1)
    return steps[: first + 1]
