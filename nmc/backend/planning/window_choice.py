"""Ways to run a window layer: their numbers, their buffers in L1, how often those are moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.gathering import gathered_bytes, lines_of, strips_of
from nmc.backend.planning.growing import growing_sizes
from nmc.backend.planning.plans import ORDERS, WindowPlan
from nmc.backend.planning.split import Split
from nmc.backend.planning.work import Engine, WindowWork, out_bytes, without_gaps
from nmc.numerics.packing import round_up


@dataclass(frozen=True)
class Choice:
    """One way to run a layer: the free numbers of a `WindowPlan`."""

    engine: Engine
    order: str
    tile_rows: int
    tile_units: int
    group: int
    private: bool
    split: Split
    double: frozenset[str]
    band: int = 1
    apart: bool = False
    lead: int = 0
    growth: int = 0
    ahead: bool = False

    @property
    def outputs_apart(self) -> bool:
        """Whether the outputs of each tile of units leave L1 on their own."""
        return self.apart or self.order == ORDERS[0]

    def tiles(self, work: WindowWork) -> tuple[int, int]:
        """(tiles of rows, tiles of units)."""
        return -(-work.out_height // self.tile_rows), sum(count for _, count in self.unit_runs)

    def without_gaps(self, work: WindowWork) -> bool:
        """Whether the outputs of every tile lie without gaps in L1."""
        units = self.tile_units if self.outputs_apart else self.engine.units
        return without_gaps(self.engine, units, work.out_channels)

    @property
    def loads_own(self) -> bool:
        """Whether each core loads the weights of its own tiles of units."""
        return self.private and self.lead > 0

    @property
    def unit_runs(self) -> list[tuple[int, int]]:
        """(units, how many) of the tiles of units, in order."""
        if self.lead:
            grown = growing_sizes(self.engine.units, self.lead, self.growth)
            return [(size, 1) for size in grown]
        runs = ragged(self.engine.units, self.tile_units)
        return runs[::-1] if self.ahead else runs

    def pipelined(self, work: WindowWork) -> bool:
        """Whether nothing but tiles of units, one after another, is loaded beside computing."""
        alone = self.double == frozenset({"w"}) and self.tile_rows >= work.out_height
        return alone and self.group == 0 and not self.outputs_apart


def buffers_of(work: WindowWork, choice: Choice) -> dict[str, int]:
    """Bytes of each buffer in L1 by label, one copy; labels as `tile` uses them."""
    engine = choice.engine
    _, unit_tiles = choice.tiles(work)
    rows = min(choice.tile_rows, work.out_height)
    units = min(choice.tile_units, engine.units)
    whole = unit_tiles > 1 and not choice.outputs_apart
    sizes = {
        "x": work.input_rows(rows) * work.row_bytes,
        "w": units * engine.unit_bytes,
        "im2col": gathered_bytes(work, engine, choice.group, choice.band),
        "pad": work.window.channels if choice.group and lines_of(work, engine, 1) else 0,
        "out": out_bytes(
            engine,
            rows * work.window.out_width,
            units,
            whole or unit_tiles == 1,
            0 if choice.loads_own else choice.unit_runs[-1][0],
        ),
    }
    sizes["addend"] = sizes["out"] if work.adds else 0
    return {label: round_up(size, ALIGN) for label, size in sizes.items() if size}


def loops_of(work: WindowWork, choice: Choice) -> dict[str, int]:
    """How often each transferred buffer is filled or emptied."""
    row_tiles, unit_tiles = choice.tiles(work)
    inner_weights = choice.order != "weights-rows-groups"
    groups = 1
    if choice.order == "rows-groups-weights" and choice.group:
        pixels = min(choice.tile_rows, work.out_height) * work.window.out_width
        groups = sum(count for _, count in gathered_runs(work, choice, pixels))
    outputs = row_tiles * (unit_tiles if choice.outputs_apart else 1)
    if inner_weights:
        counts = {"x": row_tiles, "w": unit_tiles * (row_tiles * groups if unit_tiles > 1 else 1)}
    else:
        counts = {"x": row_tiles * (unit_tiles if row_tiles > 1 else 1), "w": unit_tiles}
    return counts | {"out": outputs} | ({"addend": outputs} if work.adds else {})


def gathers_at_once(work: WindowWork, choice: Choice) -> bool:
    """Whether one group holds all of a tile of rows: nothing is to be gathered, or it once."""
    pixels = min(choice.tile_rows, work.out_height) * work.window.out_width
    return choice.group == 0 or sum(n for _, n in gathered_runs(work, choice, pixels)) == 1


def choice_of(engine: Engine, plan: WindowPlan) -> Choice:
    """The choice a plan was made from."""
    split = Split(*plan.split, plan.row_step)
    double = frozenset(plan.double)
    sizes = plan.tile_rows, plan.tile_records, plan.group, plan.private
    late = plan.band, plan.apart, plan.lead, plan.growth, plan.ahead
    return Choice(engine, plan.order, *sizes, split, double, *late)


def passes_of(work: WindowWork, engine: Engine, plan: WindowPlan) -> int:
    """How often a plan reads all the weights of a layer."""
    choice = choice_of(engine, plan)
    return max(1, loops_of(work, choice)["w"] // choice.tiles(work)[1])


def l1_bytes(work: WindowWork, choice: Choice, sizes: Mapping[str, int] | None = None) -> int:
    """Bytes of L1 of a choice, doubled buffers twice; `sizes`: its `buffers_of` if known.

    Where everything is gathered before anything is computed, outputs lie where the input was.
    """
    sizes = sizes or buffers_of(work, choice)
    total = sum(size * (2 if label in choice.double else 1) for label, size in sizes.items())
    if _gathers_first(work, choice):
        total -= min(sizes["x"], sizes["out"])
    return total


def doubling(work: WindowWork, choice: Choice, sizes: Mapping[str, int]) -> frozenset[str]:
    """Those buffers of `sizes` whose transfers are worth overlapping: moved more than once."""
    counts = loops_of(work, choice)
    return frozenset(label for label, count in counts.items() if count > 1 and label in sizes)


def ragged(total: int, size: int) -> list[tuple[int, int]]:
    """(length, how many) of the pieces of `total` cut every `size`."""
    whole, rest = divmod(total, size)
    return [piece for piece in ((size, whole), (rest, 1 if rest else 0)) if piece[1]]


def gathered_runs(work: WindowWork, choice: Choice, pixels: int) -> list[tuple[int, int]]:
    """(output pixels, how many times) that are gathered at a time of a tile of `pixels`."""
    lines = lines_of(work, choice.engine, choice.group)
    strips = 1 if lines is None else strips_of(work, lines)
    if choice.band > 1:
        strips = pixels // (choice.band * work.window.out_width)
    pieces = ragged(pixels // strips, choice.group)
    return [(size, count * strips) for size, count in pieces]


def _gathers_first(work: WindowWork, choice: Choice) -> bool:
    """Whether one group is all there is, gathered once before all tiles of units."""
    return (
        gathers_once(work, choice)
        and choice.tiles(work)[0] == 1
        and not choice.private
        and lines_of(work, choice.engine, choice.group) is None
        and choice.group >= work.pixels
        and not choice.double & {"x", "out"}
    )


def gathers_once(work: WindowWork, choice: Choice) -> bool:
    """Whether a group is gathered once for all tiles of units."""
    _, unit_tiles = choice.tiles(work)
    return choice.order == "rows-groups-weights" and unit_tiles > 1 and choice.group > 0
