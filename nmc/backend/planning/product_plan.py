"""Choosing tiles and split of products of two activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nmc.backend.kernels import ContractionKernel, estimates
from nmc.backend.planning.cost import ALIGN, STEP, Machine, does_not_fit
from nmc.backend.planning.plans import ProductPlan
from nmc.backend.planning.product_work import CHANNELS, ProductWork
from nmc.backend.planning.split import Split, best_split, busiest
from nmc.backend.planning.work import KernelEngine
from nmc.numerics.packing import round_up

# Buffers whose transfers are overlapped: all, or fewer where L1 is small.
DOUBLED: tuple[frozenset[str], ...] = (
    frozenset({"a", "b", "out"}),
    frozenset({"a", "b"}),
    frozenset({"b"}),
    frozenset(),
)


def buffers_of(work: ProductWork, rows: int, records: int, record_bytes: int) -> dict[str, int]:
    """Bytes of each buffer in L1 by label, one copy."""
    f = work.factors
    sizes = {
        "a": rows * f.pitch,
        "b": f.source_bytes(records),
        "w": records * record_bytes,
        "starts": 4 * rows if f.starts else 0,
        "out": rows * CHANNELS * records,
    }
    return {label: round_up(size, ALIGN) for label, size in sizes.items() if size}


@dataclass(frozen=True)
class _Choice:
    work: ProductWork
    engine: KernelEngine
    rows: int
    records: int
    split: Split
    double: frozenset[str]

    def l1_bytes(self) -> int:
        sizes = buffers_of(self.work, self.rows, self.records, self.engine.unit_bytes)
        return sum(size * (2 if label in self.double else 1) for label, size in sizes.items())

    def core_work(self, cores: int) -> list[float]:
        """Cycles of each core in the contractions of one product."""
        f, split = self.work.factors, self.split
        total = [0.0] * cores
        for rows in _tiles(f.rows, self.rows):
            for records in _tiles(f.records, self.records):
                work = split.work(self.engine, rows, records, cores)
                extra = f.starts_cycles(
                    self.engine.pixels, -(-rows // split.rows), -(-records // split.records)
                )
                total = [each + w + extra * (w > 0) for each, w in zip(total, work, strict=True)]
        return total

    def cycles(self, machine: Machine) -> tuple[float, int]:
        """(cycles of the layer, bytes it moves)."""
        f, cores = self.work.factors, machine.cores
        compute = max(self.core_work(cores)) * machine.contention()
        row_tiles, record_tiles = -(-f.rows // self.rows), -(-f.records // self.records)
        compute += record_tiles * estimates.pack_records(
            -(-self.records // cores), f.depth, f.columns
        )
        passes = 1 if row_tiles == 1 else record_tiles
        if f.starts:
            compute += row_tiles * passes * estimates.row_starts(-(-self.rows // cores), f.depth)
        steps = row_tiles * record_tiles
        compute += steps * (3 * machine.barrier() + STEP)
        moves = {
            "a": (row_tiles * passes, self.rows, f.depth),
            "b": (record_tiles, self.records, CHANNELS * f.depth),
            "out": (steps, self.rows, CHANNELS * self.records),
        }
        taken = {
            label: count * machine.transfer(lines * size, lines)
            for label, (count, lines, size) in moves.items()
        }
        hidden = sum(cycles for label, cycles in taken.items() if label in self.double)
        open_ = sum(taken.values()) - hidden
        total = self.work.batch * (max(compute, hidden) + open_)
        moved = f.rows * f.depth * passes + f.outputs * f.depth + f.rows * f.outputs
        return total + machine.entry(
            self.engine.lines + estimates.PACK_LINES
        ), self.work.batch * moved


def _tiles(total: int, size: int) -> list[int]:
    return [min(size, total - start) for start in range(0, total, size)]


def plan_product(
    work: ProductWork, kernels: Sequence[ContractionKernel], machine: Machine
) -> ProductPlan:
    """The fastest tiles that fit in L1.

    Raises NmcError naming the layer and the bytes missing where not even the smallest do.
    """
    found = [
        (choice.cycles(machine), choice)
        for kernel in kernels
        for choice in _choices(work, work.factors.engine(kernel), machine)
    ]
    if not found:
        engine = work.factors.engine(kernels[0])
        least = sum(buffers_of(work, 1, 1, engine.unit_bytes).values())
        raise does_not_fit(work.layer.name, least, machine.l1_bytes)
    (cycles, moved), best = min(found, key=lambda item: item[0])
    return ProductPlan(
        kernel=best.engine.name,
        reason=f"{cycles:.0f} cycles",
        cores=machine.cores,
        double=tuple(sorted(best.double)),
        l1_bytes=best.l1_bytes(),
        dma_bytes=moved,
        cycles=round(cycles),
        busiest=busiest(best.core_work(machine.cores)),
        tile_rows=best.rows,
        tile_records=best.records,
        split=(best.split.rows, best.split.records),
        row_step=best.split.row_step,
    )


def _choices(work: ProductWork, engine: KernelEngine, machine: Machine) -> Iterator[_Choice]:
    """For each tile of records the largest tile of rows that fits, as much overlapped as can be."""
    f = work.factors
    for records in _pieces(f.records):
        for double in DOUBLED:
            for rows in _pieces(f.rows):
                unsplit = _Choice(work, engine, rows, records, Split(1, 1, 1), double)
                if unsplit.l1_bytes() <= machine.l1_bytes:
                    split = best_split(engine, rows, records, machine.cores)
                    yield replace(unsplit, split=split)
                    break


def _pieces(total: int) -> list[int]:
    """Sizes that cut a range into equal pieces: halves, thirds and so on down to 1."""
    return sorted({-(-total // parts) for parts in range(1, total + 1)}, reverse=True)
