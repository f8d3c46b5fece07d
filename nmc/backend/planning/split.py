"""Dealing rows and records to cores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nmc.backend.planning.work import Engine
from nmc.dialects.cluster import share_of

# Splits that leave more than this part of the cores idle are not considered.
IDLE = 0.15


@dataclass(frozen=True)
class Split:
    """`rows` x `records` parts; core c has row part c // records and record part c % records."""

    rows: int
    records: int
    row_step: int

    @property
    def parts(self) -> int:
        """Cores that get something to do."""
        return self.rows * self.records

    def work(self, engine: Engine, rows: int, units: int, cores: int) -> list[float]:
        """Estimated cycles of each core on `rows` x `units`."""
        unit_sizes = [
            high - low
            for low, high in (share_of(units, p, self.records, 1) for p in range(self.records))
        ]
        known: dict[tuple[int, int], float] = {}
        result: list[float] = []
        for low, high in self.row_shares(rows):
            for size in unit_sizes:
                key = (high - low, size)
                if key not in known:
                    known[key] = engine.cycles(*key)
                result.append(known[key])
        return result + [0.0] * (cores - len(result))

    def row_shares(self, rows: int) -> list[tuple[int, int]]:
        """The range of rows of each row part."""
        return [share_of(rows, p, self.rows, self.row_step) for p in range(self.rows)]


# Bytes of a word.
WORD = 4


def byte_step(total: int | None, parts: int, banks: int) -> int:
    """The step in which `total` bytes are dealt, so that parts begin in banks of their own.

    Cores that go through shares of whole rows of banks read the same bank all the time. Where a
    few bytes more for all but the last matter little, a share is an odd number of eight bytes.
    None: a total that is not known.
    """
    share = 0 if total is None else -(-total // parts)
    if share % (WORD * banks) or parts == 1:
        return WORD
    return share + 2 * WORD


def candidate_splits(
    engine: Engine, rows: int, units: int, cores: int, idle: float = IDLE
) -> Iterator[Split]:
    """Splits worth comparing: for each number of record parts, as many row parts as fit.

    The step is the kernel's pixels in flight, or 1 where that leaves cores idle.
    """
    found: dict[Split, None] = {}
    for records in range(1, min(cores, units) + 1):
        parts = min(cores // records, -(-rows // engine.interleave))
        # Interleaved groups of pixels stay whole.
        for step in (engine.pixels, 1) if engine.interleave == 1 else (engine.interleave,):
            found[Split(parts, records, step)] = None
    most = max(split.parts for split in found)
    yield from (split for split in found if split.parts >= most * (1 - idle))


def best_split(engine: Engine, rows: int, units: int, cores: int) -> Split:
    """The split whose busiest core is done first; on a tie that with fewer record parts."""
    splits = candidate_splits(engine, rows, units, cores)
    return min(
        splits, key=lambda split: (max(split.work(engine, rows, units, cores)), split.records)
    )


def busiest(work: Sequence[float]) -> int:
    """The busiest core's work over the mean, in thousandths, rounded up."""
    total = sum(work)
    return 1000 if total == 0 else math.ceil(1000 * max(work) * len(work) / total - 1e-6)
