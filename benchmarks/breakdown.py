"""Where the time goes: the cycles of a network's cores by what they were spent on.

    python -m benchmarks.breakdown [--sparsity 1:16] [--features none,xnm]

From the profile of one run: each instruction's cycles belong to a part by its function, and in a
contraction kernel by whether it stands in an innermost hardware loop that multiplies. Of the
stalls, those of instruction misses and of waiting are taken out of every part.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import nmc
from benchmarks.commands import model_file
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.measurements import ProfileEntry
from nmc.program import Program, Result
from nmc.program.arrays import random_inputs

LOOPS, AROUND, GATHERING = "inner loops", "requantisation, around them", "im2col, interleaving"
OTHERS, CONTROL = "other kernels", "tile loops, set-up"
MISSES, UNHIDDEN, IDLE = "instruction misses", "DMA and L3 not hidden", "barriers, imbalance"
PARTS = (LOOPS, AROUND, GATHERING, OTHERS, CONTROL, MISSES, UNHIDDEN, IDLE)

CONTRACTIONS = ("contract_", "depthwise_")
GATHERERS = ("im2col_", "interleave_", "fill_")
CONTROLLING = ("layer_", "main", "_start", "_core_start", "dma_", "stream_")
POLLING = ("dma_wait", "stream_next", "stream_pump")
PRODUCTS = ("pv.sdot", "pv.dot", "xgmac.m", "xgmacu.m", "p.mac")

_BRANCH = re.compile(r"b\w+ .*, (0x[0-9a-f]+)$")
_SETUP = re.compile(r"lp\.setupi? x[01], .*, (0x[0-9a-f]+)$")

Span = tuple[int, int]


def main() -> int:
    """Measure; 1 if a result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="1:16")
    parser.add_argument("--features", default="none,xnm")
    chosen = parser.parse_args()
    exact = True
    found: dict[str, Counter[str]] = {}
    for sparsity in chosen.sparsity.split(","):
        path = model_file(Path("build/bench"), sparsity)
        for features in chosen.features.split(","):
            words = () if features == "none" else tuple(features.split("+"))
            program = nmc.compile(path, features=words)
            result = profiled(program)
            exact = exact and result.exact is True
            found[f"{sparsity} {features}"] = parts_of(result)
    notes = [
        "Mcycles: of all cores together over their number. While the main core asks whether a "
        "transfer is done the others wait at a barrier: that is DMA and L3 not hidden, the rest of "
        "waiting is barriers and imbalance. Inner loops hold their bank conflicts.",
    ]
    data = {name: dict(parts) for name, parts in found.items()}
    publish("breakdown", [table(found)], notes, data)
    return 0 if exact else 1


def profiled(program: Program) -> Result:
    """A checked run on random input 7 with profile."""
    inputs = random_inputs("7", program.manifest.inputs)
    return program.run_integers(inputs, check=True, profile=True)


def table(found: dict[str, Counter[str]]) -> TextTable:
    """Mcycles and share of every part, a pair of columns for each run."""
    columns = ["part", *(f">{word}" for name in found for word in (f"{name}: Mcycles", "share"))]
    rows = [
        [
            part,
            *(
                text
                for parts in found.values()
                for text in (f"{parts[part] / 1e6:.3f}", f"{parts[part] / parts.total():.1%}")
            ),
        ]
        for part in PARTS
    ]
    sums = [text for parts in found.values() for text in (f"{parts.total() / 1e6:.3f}", "")]
    return TextTable("where the time goes, ResNet18", columns, [*rows, ["all", *sums]])


def parts_of(result: Result) -> Counter[str]:
    """Cycles by part; what the cores do before and after the program's own code is set-up."""
    assert result.profile is not None
    cores = len(result.cores)
    entries = result.profile.instructions
    loops, polls = product_loops(entries), polling_loops(entries)
    spent: Counter[str] = Counter(dict.fromkeys(PARTS, 0))
    waited = polled = 0
    for entry in entries:
        cycles = sum(entry.core_cycles[:cores])
        misses, waits = _stalls(entry, cores, "icache"), _stalls(entry, cores, "barrier", "sleep")
        waited += waits
        if entry.function in POLLING or any(a <= entry.address <= b for a, b in polls):
            polled += cycles
            continue
        spent[MISSES] += misses
        spent[part_of(entry, loops)] += cycles - misses - waits
    # All cores but one wait while it asks, as far as they have nothing to do.
    hidden = min(waited, (cores - 1) * polled)
    spent[UNHIDDEN], spent[IDLE] = polled + hidden, waited - hidden
    spent[CONTROL] += max(0, cores * result.cycles - spent.total())
    return Counter({part: round(cycles / cores) for part, cycles in spent.items()})


def product_loops(entries: Iterable[ProfileEntry]) -> list[Span]:
    """First and last addresses of the innermost hardware loops that multiply."""
    entries = list(entries)
    loops = [
        (entry.address + 1, int(match.group(1), 16))
        for entry in entries
        for match in [_SETUP.match(entry.name)]
        if match is not None
    ]
    return [
        (low, high)
        for low, high in loops
        if not any((low, high) != other and low <= other[0] <= high for other in loops)
        and any(e.name.startswith(PRODUCTS) for e in entries if low <= e.address <= high)
    ]


def polling_loops(entries: Iterable[ProfileEntry]) -> list[Span]:
    """First and last addresses of the loops of a layer that load, test and branch back.

    So a core waits for a transfer of its own.
    """
    known = {entry.address: entry for entry in entries if entry.function.startswith("layer_")}
    found: list[Span] = []
    for last, entry in known.items():
        match = _BRANCH.match(entry.name)
        first = known.get(int(match.group(1), 16)) if match is not None else None
        if first is not None and first.name.startswith("lw ") and 0 < last - first.address <= 8:
            found.append((first.address, last))
    return found


def part_of(entry: ProfileEntry, loops: Sequence[Span]) -> str:
    """What an instruction is for."""
    if entry.function.startswith(CONTRACTIONS):
        inside = any(low <= entry.address <= high for low, high in loops)
        return LOOPS if inside else AROUND
    if entry.function.startswith(GATHERERS):
        return GATHERING
    return CONTROL if not entry.function or entry.function.startswith(CONTROLLING) else OTHERS


def _stalls(entry: ProfileEntry, cores: int, *kinds: str) -> int:
    return sum(sum(entry.core_stalls.get(kind, ())[:cores]) for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
