"""Cycles told from finished code: each part by itself, and against what the simulator measures."""

from functools import cache

import pytest
from xdsl.parser import Parser

import nmc
from nmc.backend.asm.boot import default_stacks
from nmc.backend.planning.target_of import resolve_target
from nmc.backend.static_timing import code as placed
from nmc.backend.static_timing import place_code, start_up
from nmc.backend.static_timing.accesses import Access
from nmc.backend.static_timing.banks import waits
from nmc.backend.static_timing.caches import Lines, SharedCache
from nmc.backend.static_timing.dma import TO_L1, TWO_D, Dma
from nmc.elf import read_elf
from nmc.models.small import small_model
from nmc.passes.time_layers import TimeLayersPass
from nmc.pipelines.context import make_context
from nmc.program import Program
from nmc.targets import load_target

VEGA = load_target("vega")
SHORT = ["concat", "two-outputs", "gemm", "residual"]


@cache
def compiled(name: str) -> Program:
    return nmc.compile(small_model(name, "1:8"))


@pytest.mark.parametrize("name", SHORT)
def test_short_layers_take_what_is_told(name: str) -> None:
    program = compiled(name)
    result = program.run_random(7)
    told = {info.name: info.timed for info in program.manifest.layers}
    assert sum(cycles > 0 for cycles in told.values()) > len(told) // 2
    for layer in result.layers:
        if told[layer.name]:
            assert layer.estimate == told[layer.name]
            assert layer.estimate == pytest.approx(layer.cycles, rel=0.1), layer.name


def test_code_lies_where_the_program_has_it() -> None:
    program = compiled("two-outputs")
    module = Parser(make_context(), program.stages["11-flat.mlir"]).parse_module()
    target = resolve_target(module)
    end = start_up(target, default_stacks(target)).end
    code = place_code(module, end, target)
    symbols = {s.name: s.value for s in read_elf(program.elf).symbols if s.kind == "function"}
    line = target.icache.line_bytes
    found = {name: code.steps[place].line * line for name, place in code.entries.items()}
    assert found == {name: symbols[name] for name in found}
    assert len(found) > 10


def test_turns_that_are_alike_need_not_be_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = Parser(make_context(), compiled("concat").stages["11-flat.mlir"]).parse_module()
    TimeLayersPass().apply(make_context(), module)
    short = module.attributes["nmc.layers"]

    def never(code: placed.Code, first: int, last: int) -> bool:
        assert code.steps
        return last < first

    monkeypatch.setattr(placed.Code, "is_plain", never)
    TimeLayersPass().apply(make_context(), module)
    assert module.attributes["nmc.layers"] == short


def test_a_full_set_gives_up_the_line_used_longest_ago() -> None:
    lines = Lines(4, 2)
    assert [lines.use(line) for line in (0, 2, 0, 4, 2, 1)] == [False] * 2 + [True] + [False] * 3
    assert lines.use(4)


def test_a_line_on_its_way_is_waited_for() -> None:
    cache = SharedCache(VEGA.icache)
    miss, hit = VEGA.icache.miss, VEGA.icache.shared_hit
    assert cache.fetch(8, 0) == miss
    assert cache.fetch(8, 5) == miss
    assert cache.fetch(8, miss) == miss + hit
    # One request a cycle: who asks at the same time comes a cycle later.
    assert cache.fetch(8, miss) == miss + hit + 1


# Bytes, whether into L1, lines: cycles from the last word of the command until the end is seen.
@pytest.mark.parametrize(
    ("length", "inward", "lines", "cycles"),
    [(64, True, 1, 11), (1024, True, 1, 131), (1024, False, 1, 133), (512, True, 512, 515)],
)
def test_a_transfer_takes_its_beats(length: int, inward: bool, lines: int, cycles: int) -> None:
    dma = Dma(VEGA)
    number = dma.allocate(3)
    assert number == 0
    command = length | TO_L1 * inward | TWO_D * (lines > 1)
    for word in (command, 0, 0, *((length // lines, 1) if lines > 1 else ())):
        dma.write(3, word, 100)
    assert dma.busy(100 + cycles - 1) == 1
    assert dma.busy(100 + cycles) == 0
    dma.release(1)
    assert dma.allocate(2) == 0


def test_a_channel_takes_the_commands_of_all_cores_in_turn() -> None:
    dma = Dma(VEGA)
    ids = [dma.allocate(core) for core in (0, 1)]
    assert ids == [0, 1]
    for word in (64 | TO_L1, 0, 0):
        for core in (1, 0):
            dma.write(core, word, 0)
    # Eight beats of core 1's, which was complete first, then eight of core 0's.
    assert [dma.busy(now) for now in (10, 11, 18, 19)] == [0b11, 0b01, 0b01, 0b00]
    assert [dma.allocate(2) for _ in range(VEGA.dma.ids - 1)][-2:] == [VEGA.dma.ids - 1, None]


def test_one_core_after_another_has_a_bank() -> None:
    def at(*places: int | None, size: int = 4) -> list[Access]:
        return [Access(time, place, size) for time, place in enumerate(places)]

    nobody: list[list[Access]] = [[], []]
    assert waits([at(0, 4, 8), at(64, 0, 4)], VEGA) == [0, 1]
    assert waits([at(0, 4, 8), at(4, 8, 12)], VEGA) == [0, 0]
    # A word across a word's end is two accesses.
    assert waits([at(2), *nobody], VEGA) == [VEGA.timing.misaligned, 0, 0]
    assert waits([at(2, size=2), *nobody], VEGA) == [0, 0, 0]
    # 8 cores at one bank: each of 100 accesses is waited for by the 7 others.
    crowd = waits([at(*[0] * 100) for _ in range(8)], VEGA)
    assert min(crowd) >= 690
