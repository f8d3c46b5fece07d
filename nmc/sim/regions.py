"""Parts of a program that its timeline tells apart: functions, and iterations of tile loops.

A tile loop is a loop in a layer's own function (as the program's notes name it) that calls other
functions: a backward branch with a call between its target and itself. The target, executed once
an iteration, is a region of its own, so entering it marks the beginning of an iteration.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nmc.elf import ElfImage, Symbol
from nmc.isa.table import decode
from nmc.sim.jit import Ints
from nmc.sim.program import ProgramCode

OUTSIDE = 0
"""The number of the region of code outside functions."""


@dataclass(frozen=True)
class Region:
    """A part of one function.

    function: its name, empty outside functions. layer: number of the layer whose function it is,
    in the order of addresses, -1 for none. between: the function calls layers and is none.
    loops: addresses of the first instructions of the tile loops around it, the outermost first.
    head: it is that first instruction of the innermost of them.
    """

    function: str
    layer: int = -1
    between: bool = False
    loops: tuple[int, ...] = ()
    head: bool = False


@dataclass(frozen=True)
class RegionMap:
    """The regions, and for every place in the code the number of its region."""

    regions: tuple[Region, ...]
    numbers: Ints
    layers: tuple[str, ...]
    """Names, by number."""

    @property
    def functions(self) -> tuple[str, ...]:
        """Names, that of code outside functions first."""
        return tuple(dict.fromkeys(region.function for region in self.regions))


def region_map(image: ElfImage, code: ProgramCode, layers: Mapping[int, str]) -> RegionMap:
    """The regions of a program whose layers' functions are at the addresses `layers`."""
    regions: dict[Region, int] = {Region(""): OUTSIDE}
    entries = sorted(layers)
    numbers = np.full(code.slots // 4, OUTSIDE, np.int64)

    def mark(low: int, high: int, region: Region) -> None:
        number = regions.setdefault(region, len(regions))
        numbers[code.slot(low) >> 2 : code.slot(high) >> 2] = number

    for function in image.functions:
        low, high = function.value, function.value + function.size
        if not code.contains(low) or high > code.base + code.bytes:
            continue
        layer = entries.index(low) if low in layers else -1
        jumps = _jumps(code, function)
        between = layer < 0 and any(jump.target in layers for jump in jumps)
        mark(low, high, Region(function.name, layer, between))
        if layer < 0:
            continue
        # Outer loops first, so that the inner ones' marks stay.
        loops = sorted(_tile_loops(jumps, low), key=lambda loop: (loop[0], -loop[1]))
        for first, last in loops:
            around = tuple(a for a, b in loops if a <= first and last <= b)
            mark(first, last + code.size(last), Region(function.name, layer, loops=around))
        for first, last in loops:
            around = tuple(a for a, b in loops if a <= first and last <= b)
            mark(
                first,
                first + code.size(first),
                Region(function.name, layer, loops=around, head=True),
            )
    return RegionMap(tuple(regions), numbers, tuple(layers[entry] for entry in entries))


@dataclass(frozen=True)
class _Jump:
    address: int
    target: int | None
    """None if it is in a register."""
    call: bool


def _jumps(code: ProgramCode, function: Symbol) -> list[_Jump]:
    """The branches, jumps and calls of a function."""
    jumps: list[_Jump] = []
    following = function.value
    while (address := following) < function.value + function.size:
        following += code.size(address)
        found = decode(code.word(address))
        if found is None:
            continue
        row, operands = found
        if row.mnemonic == "jalr":
            jumps.append(_Jump(address, None, operands["rd"] != 0))
        elif row.format in ("B", "BI", "J"):
            call = row.format == "J" and operands["rd"] != 0
            jumps.append(_Jump(address, address + operands["off"], call))
    return jumps


def _tile_loops(jumps: list[_Jump], entry: int) -> Iterator[tuple[int, int]]:
    """First and last instruction of the loops with calls in them, in a function at `entry`."""
    calls = [jump.address for jump in jumps if jump.call]
    loops = {
        jump.target: jump.address
        for jump in jumps
        if jump.target is not None and not jump.call and entry <= jump.target < jump.address
    }
    for first, last in loops.items():
        if bisect_right(calls, last) > bisect_right(calls, first - 1):
            yield first, last
