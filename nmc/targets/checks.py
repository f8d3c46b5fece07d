"""What must hold between the values of a target description."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from nmc.errors import NmcError
from nmc.targets.description import Target
from nmc.targets.reading import target_error

KNOWN_FEATURES = ("xdecimate", "xgather", "xgmac", "xrq")
"""Parts of the extension xnm; the instructions of each are rows of the instruction table."""

FEATURE_SETS: dict[str, tuple[str, ...]] = {"xnm": KNOWN_FEATURES}
"""Names for several features together."""

# The event unit's core masks and mhartid's core field hold this many.
MAX_CORES = 16


def check_target(target: Target, source: str) -> None:
    """Raise NmcError naming `source`, the key and the reason if the description is inconsistent."""
    for key, reason in _complaints(target):
        raise target_error(source, key, reason)


def expand_features(names: Iterable[str], source: str) -> tuple[str, ...]:
    """The features that names of features and of sets of them stand for, sorted.

    Raises NmcError on an unknown name.
    """
    features: set[str] = set()
    for name in names:
        if name not in (*KNOWN_FEATURES, *FEATURE_SETS):
            known = ", ".join((*KNOWN_FEATURES, *FEATURE_SETS))
            raise NmcError(f"target {source}: features: unknown feature {name!r}; known: {known}")
        features.update(FEATURE_SETS.get(name, (name,)))
    return tuple(sorted(features))


def _complaints(t: Target) -> Iterator[tuple[str, str]]:
    if not 1 <= t.cores <= MAX_CORES:
        yield "cluster.cores", f"{t.cores} is not in 1..{MAX_CORES}"
    if t.cluster.id >= 32:
        yield "cluster.id", f"{t.cluster.id} is not in 0..31"
    if t.cluster.id == t.fabric_controller.hart >> 5:
        yield "cluster.id", "is also the fabric controller's cluster"
    if t.stack_bytes % 16 or not t.stack_bytes:
        yield "cluster.stack_bytes", f"{t.stack_bytes} is not a positive multiple of 16"
    yield from _l1_complaints(t)
    yield from _memory_complaints(t)
    yield from _engine_complaints(t)


def _l1_complaints(t: Target) -> Iterator[tuple[str, str]]:
    if not _is_power_of_two(t.l1.banks):
        yield "l1.banks", f"{t.l1.banks} is not a power of two"
    elif t.l1.bytes % (4 * t.l1.banks) or not t.l1.bytes:
        yield "l1.bytes", f"{t.l1.bytes} is not a positive multiple of {4 * t.l1.banks} (banks * 4)"
    stacks = t.cores * t.stack_bytes
    if stacks >= t.l1.bytes:
        reason = f"{t.l1.bytes} bytes do not hold the stacks of {t.cores} cores ({stacks} bytes)"
        yield "l1.bytes", f"{reason} and data; give the cluster more L1 or fewer cores"
    if t.l1.base <= t.map.fetch_enable < t.l1.end:
        yield "l1.bytes", "L1 overlaps the cluster's peripherals"


def _memory_complaints(t: Target) -> Iterator[tuple[str, str]]:
    if not t.l2.regions:
        yield "l2.regions", "is empty"
        return
    for i, region in enumerate(t.l2.regions):
        if region.base % 16 or region.bytes % 16 or not region.bytes:
            yield f"l2.regions[{i}]", "base and size must be positive multiples of 16"
        if i and t.l2.regions[i - 1].end != region.base:
            yield f"l2.regions[{i}].base", f"{region.base:#x} leaves a gap or overlaps"
    if not 0 < t.l2.code_bytes < t.l2.bytes or t.l2.code_bytes % 16:
        yield "l2.code_bytes", "is not a multiple of 16 below the size of L2"
    spans = sorted([(t.l1.base, t.l1.end), (t.l2.base, t.l2.end), (t.l3.base, t.l3.end)])
    for (_, end), (base, _) in pairwise(spans):
        if end > base:
            yield "l1, l2, l3", f"memories overlap at {base:#x}"
    if spans[-1][1] > 1 << 32:
        yield "l1, l2, l3", "memories end behind the 32-bit address space"


def _engine_complaints(t: Target) -> Iterator[tuple[str, str]]:
    for key in ("ports", "port_bytes", "burst_bytes", "outstanding", "ids", "max_bytes"):
        if getattr(t.dma, key) < 1:
            yield f"dma.{key}", "is not positive"
    if t.dma.ids > 32:
        yield "dma.ids", f"{t.dma.ids} does not fit the 32-bit status register"
    if t.l2.bytes_per_cycle < 1:
        yield "l2.bytes_per_cycle", "is not positive"
    if not _is_power_of_two(t.icache.line_bytes) or t.icache.line_bytes < 4:
        yield "icache.line_bytes", f"{t.icache.line_bytes} is not a power of two of at least 4"
        return
    for name, cache, banks in (
        ("private", t.icache.private, 1),
        ("shared", t.icache.shared, t.icache.shared.banks),
    ):
        way = t.icache.line_bytes * cache.ways * banks
        if not way or cache.bytes % way or not _is_power_of_two(cache.bytes // way):
            yield f"icache.{name}", "sets per way and bank must be a power of two"
    for key in ("barriers", "barrier_stride"):
        if getattr(t.event_unit, key) < 1:
            yield f"event_unit.{key}", "is not positive"


def _is_power_of_two(n: int) -> bool:
    return n > 0 and n & (n - 1) == 0
