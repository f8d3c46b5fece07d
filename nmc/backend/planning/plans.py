"""What `select-kernels` decides for a layer, as values, and as attributes in the text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast, get_type_hints

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DictionaryAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute

from nmc.errors import NmcError


@dataclass(frozen=True)
class Plan:
    """What every plan says.

    cores: how many cores it was made for.
    l1_bytes: bytes of L1 the layer's buffers need, stacks not included.
    dma_bytes: bytes the layer moves between L1 and L2.
    cycles: estimated cycles of the whole layer on all cores.
    busiest: work of the busiest core over the mean of all, in thousandths (1000 = even).
    double: labels of the buffers that are doubled, so that DMA overlaps with computing.
    """

    kind: ClassVar[str]

    kernel: str
    reason: str
    cores: int
    double: tuple[str, ...]
    l1_bytes: int
    dma_bytes: int
    cycles: int
    busiest: int

    def to_attributes(self) -> dict[str, Attribute]:
        """The plan as named attributes, `kind` first."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {"kind": StringAttr(self.kind)} | {
            name: _to_attribute(value) for name, value in values.items()
        }

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Attribute], layer: str) -> Self:
        """The plan written in a dictionary attribute.

        Raises NmcError naming the layer and the key where one is missing, unknown or of another
        type than the plan's.
        """
        hints = get_type_hints(cls)
        fields = dataclasses.fields(cls)
        names = [field.name for field in fields]
        optional = {f.name for f in fields if f.default is not dataclasses.MISSING}
        unknown = sorted(set(attributes) - set(names) - {"kind"})
        if unknown:
            raise NmcError(
                f"layer {layer}: the plan has an unknown key '{unknown[0]}'; "
                f"a {cls.kind} plan has {', '.join(names)}"
            )
        values: dict[str, Any] = {}
        for name in names:
            if name not in attributes and name in optional:
                continue
            if name not in attributes:
                raise NmcError(
                    f"layer {layer}: the plan has no '{name}'; run select-kernels or write it"
                )
            values[name] = _from_attribute(attributes[name], hints[name], f"{layer}: plan {name}")
        return cls(**values)


@dataclass(frozen=True)
class WindowPlan(Plan):
    """A layer that computes output pixels from windows: convolution, product, pooling, padding.

    order: nesting of the loops, outermost first: `weights-rows-groups`, `rows-weights-groups` or
        `rows-groups-weights` (tiles of weight records, tiles of output rows, im2col groups).
    tile_rows: output rows of a tile. tile_records: weight records (or channel groups) of a tile.
    group: im2col rows in L1 at once, over all cores; 0 where the kernel reads the input itself.
    private: whether each core gathers its own im2col rows, so that no barrier is needed.
    split: cores along the pixels and along the records. row_step: pixels are dealt in multiples
        of this.
    band: output rows below each other whose pixels share gathered kernel rows; 1: none do.
    lead: where not 0, tiles of records grow: the first has `lead`, and behind one of n leads comes
        one of n + n / 2**growth, rounded up; `tile_records` is then the most that one has. In the
        order `rows-weights-groups`, group 0.
    ahead: whether two transfers of weights are under way at a time; the ragged tile of records is
        then the first. In the order `rows-weights-groups`, group 0.
    apart: whether, in the order `rows-groups-weights`, the outputs of each tile of records leave
        L1 on their own, so that L1 never holds those of all records.
    """

    kind: ClassVar[str] = "window"

    order: str
    tile_rows: int
    tile_records: int
    group: int
    private: bool
    split: tuple[int, int]
    row_step: int
    band: int = 1
    apart: bool = False
    lead: int = 0
    growth: int = 0
    ahead: bool = False


@dataclass(frozen=True)
class FlatPlan(Plan):
    """A layer over a flat range: elementwise operations, concatenation, transposition.

    tiles: positions (bytes, lines or columns) of a tile, for each range the layer runs over.
    """

    kind: ClassVar[str] = "flat"

    tiles: tuple[int, ...]


@dataclass(frozen=True)
class ProductPlan(Plan):
    """Products of two activations, one for each index of the axes in front.

    The right factor is packed as weight records, `tile_records` at a time; `tile_rows` rows of the
    left factor are in L1 at a time. split, row_step: as in a window plan.
    """

    kind: ClassVar[str] = "product"

    tile_rows: int
    tile_records: int
    split: tuple[int, int]
    row_step: int


@dataclass(frozen=True)
class AttentionPlan(Plan):
    """Attention, head by head: keys and values of one are packed as weight records.

    tile_rows: rows of queries in L1 at a time. group: rows of scores in L1 at once, over all cores;
    every core has its own and goes through its rows of the tile without meeting the others.
    """

    kind: ClassVar[str] = "attention"

    tile_rows: int
    group: int


ORDERS = ("weights-rows-groups", "rows-weights-groups", "rows-groups-weights")
APART_ORDER = ORDERS[2]
LEAD_ORDER = ORDERS[1]

_KINDS: dict[str, type[Plan]] = {
    plan.kind: plan for plan in (WindowPlan, FlatPlan, ProductPlan, AttentionPlan)
}


def read_plan(attribute: Attribute | None, layer: str) -> Plan:
    """The plan in a layer's `plan` attribute; NmcError where there is none or it is wrong."""
    if not isinstance(attribute, DictionaryAttr):
        raise NmcError(f"layer {layer}: it has no plan; run select-kernels first")
    kind = attribute.data.get("kind")
    if not isinstance(kind, StringAttr) or kind.data not in _KINDS:
        raise NmcError(f"layer {layer}: plan kind must be one of {', '.join(_KINDS)}, not {kind}")
    plan = _KINDS[kind.data].from_attributes(attribute.data, layer)
    if isinstance(plan, WindowPlan):
        _check_window(plan, layer)
    elif isinstance(plan, FlatPlan) and min(plan.tiles, default=0) < 1:
        raise NmcError(f"layer {layer}: plan tiles must be positive, not {plan.tiles}")
    elif isinstance(plan, ProductPlan):
        _check_positive(plan, layer, "tile_rows", "tile_records", "row_step")
        if len(plan.split) != 2 or min(plan.split) < 1:
            raise NmcError(f"layer {layer}: plan split must be two positive numbers")
    elif isinstance(plan, AttentionPlan):
        _check_positive(plan, layer, "tile_rows", "group")
    return plan


def _check_positive(plan: Plan, layer: str, *names: str) -> None:
    for name in names:
        if getattr(plan, name) < 1:
            raise NmcError(
                f"layer {layer}: plan {name} must be positive, not {getattr(plan, name)}"
            )


def _check_window(plan: WindowPlan, layer: str) -> None:
    if plan.order not in ORDERS:
        raise NmcError(f"layer {layer}: plan order must be one of {', '.join(ORDERS)}")
    for name, value in (
        ("tile_rows", plan.tile_rows),
        ("tile_records", plan.tile_records),
        ("row_step", plan.row_step),
        ("split", min(plan.split, default=0)),
        ("band", plan.band),
    ):
        if value < 1:
            raise NmcError(f"layer {layer}: plan {name} must be positive, not {value}")
    if plan.apart and plan.order != APART_ORDER:
        raise NmcError(f"layer {layer}: plan apart needs the order {APART_ORDER}")
    if len(plan.split) != 2:
        raise NmcError(f"layer {layer}: plan split must be two numbers")
    for name, value in (("group", plan.group), ("lead", plan.lead), ("growth", plan.growth)):
        if value < 0:
            raise NmcError(f"layer {layer}: plan {name} must not be negative")
    for name, value in (("lead", plan.lead), ("ahead", plan.ahead)):
        if value and (plan.order != LEAD_ORDER or plan.group):
            raise NmcError(f"layer {layer}: plan {name} needs the order {LEAD_ORDER} and no group")
    if plan.lead and plan.ahead:
        raise NmcError(f"layer {layer}: plan lead and plan ahead exclude each other")
    for name, value in (
        ("tile_rows", plan.tile_rows),
        ("group", plan.group),
        ("row_step", plan.row_step),
    ):
        if value % plan.band:
            raise NmcError(f"layer {layer}: plan {name} must be a multiple of band {plan.band}")


def _to_attribute(value: object) -> Attribute:
    if isinstance(value, bool):
        return BoolAttr.from_bool(value)
    if isinstance(value, int):
        return IntegerAttr(value, i64)
    if isinstance(value, str):
        return StringAttr(value)
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        numbers = [item for item in items if isinstance(item, int)]
        if numbers and len(numbers) == len(items):
            return DenseArrayBase.from_list(i64, numbers)
        return ArrayAttr([StringAttr(str(item)) for item in items])
    raise TypeError(f"no attribute for {value!r}")


def _from_attribute(attribute: Attribute, hint: object, where: str) -> Any:
    if hint is bool and isinstance(attribute, IntegerAttr):
        return bool(attribute.value.data)
    if hint is int and isinstance(attribute, IntegerAttr):
        return attribute.value.data
    if hint is str and isinstance(attribute, StringAttr):
        return attribute.data
    numbers = hint == tuple[int, int] or hint == tuple[int, ...]
    if numbers and isinstance(attribute, DenseArrayBase):
        values = cast("DenseArrayBase[IntegerType]", attribute).get_values()
        return tuple(int(number) for number in values)
    if hint == tuple[str, ...] and isinstance(attribute, ArrayAttr):
        entries = cast("ArrayAttr[Attribute]", attribute).data
        words = [word.data for word in entries if isinstance(word, StringAttr)]
        if len(words) == len(entries):
            return tuple(words)
    raise NmcError(f"layer {where} cannot be {attribute}")
