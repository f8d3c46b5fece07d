"""Choosing how attention runs: rows in L1 at a time, rows of scores of each core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nmc.backend.kernels import ContractionKernel, estimates
from nmc.backend.planning.attention_work import AttentionWork, attention_work
from nmc.backend.planning.cost import ALIGN, STEP, Machine, does_not_fit
from nmc.backend.planning.plans import AttentionPlan
from nmc.backend.planning.product_work import product_kernels
from nmc.backend.planning.split import busiest
from nmc.dialects import qnn
from nmc.dialects.cluster import share_of
from nmc.numerics.packing import round_up
from nmc.numerics.packing.softmax import TABLE_BYTES
from nmc.numerics.product_ops import CHANNELS

# Buffers whose transfers are overlapped: all, or fewer where L1 is small.
DOUBLED: tuple[frozenset[str], ...] = (
    frozenset({"q", "k", "v", "mask", "out"}),
    frozenset({"q", "k", "v", "mask"}),
    frozenset({"k", "v"}),
    frozenset({"k"}),
    frozenset(),
)

# Rows of scores of a core worth trying.
CORE_ROWS = (32, 16, 12, 8, 4, 2, 1)


def buffers_of(
    work: AttentionWork, rows: int, group: int, kernel: ContractionKernel
) -> dict[str, int]:
    """Bytes of each buffer in L1 by label, one copy."""
    scores, values = work.scores, work.values
    sizes = {
        "q": rows * scores.pitch,
        "k": scores.outputs * scores.pitch,
        "v": values.source_bytes(values.records),
        "kw": scores.records * kernel.record_bytes(1, scores.depth),
        "vw": values.records * kernel.record_bytes(1, values.depth),
        "qsums": 4 * rows if scores.starts else 0,
        "scores": group * values.pitch,
        "psums": 4 * group if values.starts else 0,
        "mask": (rows if work.mask_rows else 1) * values.pitch if work.mask else 0,
        "table": TABLE_BYTES,
        "out": rows * CHANNELS * values.records,
    }
    return {label: round_up(size, ALIGN) for label, size in sizes.items() if size}


@dataclass(frozen=True)
class _Choice:
    work: AttentionWork
    kernel: ContractionKernel
    rows: int
    core_rows: int
    double: frozenset[str]

    def l1_bytes(self, cores: int) -> int:
        sizes = buffers_of(self.work, self.rows, self.core_rows * cores, self.kernel)
        return sum(size * (2 if label in self.double else 1) for label, size in sizes.items())

    def core_work(self, cores: int) -> list[float]:
        """Cycles of each core on the rows of a head."""
        total = [0.0] * cores
        for start in range(0, self.work.scores.rows, self.rows):
            rows = min(self.rows, self.work.scores.rows - start)
            for core in range(cores):
                low, high = share_of(rows, core, cores, 1)
                for first in range(low, high, self.core_rows):
                    total[core] += self._group(min(self.core_rows, high - first))
        return total

    def _group(self, rows: int) -> float:
        """Cycles of one core on a few rows."""
        kernel, total = self.kernel, estimates.softmax(rows, self.work.values.depth)
        if self.work.mask:
            total += rows * estimates.add(self.work.values.depth)
        for f in (self.work.scores, self.work.values):
            total += kernel.cycles(rows, f.records, 1, f.depth, wide=f.wide)
            total += f.starts_cycles(kernel.pixels, rows, f.records)
        if self.work.values.starts:
            total += estimates.row_starts(rows, self.work.values.depth)
        return total

    def cycles(self, machine: Machine) -> tuple[float, int]:
        """(cycles of the layer, bytes it moves)."""
        work, cores = self.work, machine.cores
        scores, values = work.scores, work.values
        compute = max(self.core_work(cores)) * machine.contention()
        for f in (scores, values):
            compute += estimates.pack_records(-(-f.records // cores), f.depth, f.columns)
        tiles = -(-scores.rows // self.rows)
        if scores.starts:
            compute += tiles * estimates.row_starts(-(-self.rows // cores), scores.depth)
        rescaled = [scores.rows] * work.rescale_query + [scores.outputs] * work.rescale_key
        compute += sum(estimates.requantize(rows * scores.depth // cores) for rows in rescaled)
        compute += (2 + 3 * tiles) * machine.barrier() + tiles * STEP
        moves = {
            "q": (tiles, self.rows, scores.depth),
            "k": (1, scores.outputs, scores.depth),
            "v": (1, values.depth, values.outputs),
            "out": (tiles, self.rows, values.outputs),
        }
        if work.mask:
            moves["mask"] = (tiles, self.rows if work.mask_rows else 1, values.depth)
        taken = {
            label: count * machine.transfer(lines * size, lines)
            for label, (count, lines, size) in moves.items()
        }
        hidden = sum(cycles for label, cycles in taken.items() if label in self.double)
        total = work.heads * (max(compute, hidden) + sum(taken.values()) - hidden)
        moved = scores.rows * (scores.depth + values.outputs)
        moved += scores.outputs * scores.depth + values.depth * values.outputs
        if work.mask:
            moved += (scores.rows if work.mask_rows else 1) * values.depth
        lines = 2 * self.kernel.lines + 2 * estimates.PACK_LINES + estimates.ROW_LINES
        return total + machine.entry(lines), work.heads * moved


def plan_attention(
    work: AttentionWork, kernels: Sequence[ContractionKernel], machine: Machine
) -> AttentionPlan:
    """The fastest tiles that fit in L1.

    Raises NmcError naming the layer and the bytes missing where not even the smallest do.
    """
    found = [
        (choice.cycles(machine), choice)
        for kernel in kernels
        for choice in _choices(work, kernel, machine)
    ]
    if not found:
        least = _Choice(work, kernels[0], 1, 1, frozenset()).l1_bytes(machine.cores)
        raise does_not_fit(work.layer.name, least, machine.l1_bytes)
    (cycles, moved), best = min(found, key=lambda item: item[0])
    return AttentionPlan(
        kernel=best.kernel.name,
        reason=f"{cycles:.0f} cycles",
        cores=machine.cores,
        double=tuple(sorted(best.double if work.mask else best.double - {"mask"})),
        l1_bytes=best.l1_bytes(machine.cores),
        dma_bytes=moved,
        cycles=round(cycles),
        busiest=busiest(best.core_work(machine.cores)),
        tile_rows=best.rows,
        group=best.core_rows * machine.cores,
    )


def fits_attention(op: qnn.AttentionOp, machine: Machine) -> bool:
    """Whether a head of an attention fits in L1, row by row if need be."""
    kernel = product_kernels(None)[0]
    smallest = _Choice(attention_work(op), kernel, 1, 1, frozenset())
    return smallest.l1_bytes(machine.cores) <= machine.l1_bytes


def _choices(work: AttentionWork, kernel: ContractionKernel, machine: Machine) -> Iterator[_Choice]:
    """The largest tiles of rows that fit for each group and each set of overlapped transfers."""
    rows = work.scores.rows
    share = -(-rows // machine.cores)
    pieces = sorted({-(-rows // parts) for parts in range(1, rows + 1)}, reverse=True)
    for core_rows in sorted({share, *CORE_ROWS}):
        for double in DOUBLED if core_rows <= share else ():
            for tile in pieces:
                choice = _Choice(work, kernel, tile, core_rows, double)
                if choice.l1_bytes(machine.cores) <= machine.l1_bytes:
                    yield choice
                    break
