"""Dealing rows and records to cores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.backend.planning.work import Engine
from nmc.dialects.cluster import share_of


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

    def work(self, engine: Engine, rows: int, units: int, cores: int) -> NDArray[np.float64]:
        """Estimated cycles of each core on `rows` x `units`, float64[cores]."""
        result = np.zeros(cores)
        row_sizes = [high - low for low, high in self.row_shares(rows)]
        unit_shares = (share_of(units, p, self.records, 1) for p in range(self.records))
        unit_sizes = [high - low for low, high in unit_shares]
        known: dict[tuple[int, int], float] = {}
        for i, n in enumerate(row_sizes):
            for j, m in enumerate(unit_sizes):
                if (n, m) not in known:
                    known[n, m] = engine.cycles(n, m)
                result[i * self.records + j] = known[n, m]
        return result

    def row_shares(self, rows: int) -> list[tuple[int, int]]:
        """The range of rows of each row part."""
        return [share_of(rows, p, self.rows, self.row_step) for p in range(self.rows)]


def candidate_splits(engine: Engine, rows: int, units: int, cores: int) -> Iterator[Split]:
    """Splits worth comparing: for each number of record parts, as many row parts as fit.

    The step is the kernel's pixels in flight, or 1 where that leaves cores idle.
    """
    seen: set[Split] = set()
    for records in range(1, min(cores, units) + 1):
        parts = min(cores // records, rows)
        for step in {engine.pixels, 1}:
            split = Split(parts, records, step)
            if split not in seen:
                seen.add(split)
                yield split


def best_split(engine: Engine, rows: int, units: int, cores: int) -> Split:
    """The split whose busiest core is done first; on a tie that with fewer record parts."""
    splits = candidate_splits(engine, rows, units, cores)
    return min(
        splits, key=lambda split: (split.work(engine, rows, units, cores).max(), split.records)
    )


def busiest(work: NDArray[np.float64]) -> int:
    """The busiest core's work over the mean, in thousandths, rounded up."""
    mean = float(work.mean())
    return 1000 if mean == 0 else int(np.ceil(1000 * float(work.max()) / mean - 1e-9))
