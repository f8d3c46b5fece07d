"""What a network's weights take in memory, against the dense network and the published figures."""

from collections import Counter
from collections.abc import Sequence
from math import prod

from benchmarks.commands import Measurement
from benchmarks.published import WEIGHTS_SMALLER
from nmc.cli.console import TextTable
from nmc.program import Program
from nmc.program.manifest import LayerInfo

COLUMNS = [
    "ResNet18", "features", ">weights", ">not zero", ">stored bytes", ">of them L3",
    ">smaller than dense", ">published",
]  # fmt: skip


def stored_weights(measurements: Sequence[Measurement]) -> TextTable:
    """Bytes of the packed weights as they lie in L2 and L3; seeds of one network share a row.

    They hold biases, multipliers and padding too. Smaller than what one byte a weight would take:
    the published figure counts weights and indices of pruned layers alone.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for m in measurements:
        manifest = Program.load(m.directory).manifest
        weights = sum(dense_weights(layer) for layer in manifest.layers)
        stored = Counter({b.name: b.bytes for b in manifest.buffers if b.kind == "weights"})
        far = sum(b.bytes for b in manifest.buffers if (b.kind, b.space) == ("weights", "l3"))
        whole = stored.total()
        published = WEIGHTS_SMALLER.get(m.sparsity)
        rows[m.sparsity, m.features] = [
            m.sparsity,
            m.features,
            f"{weights:,}",
            f"{sum(layer.nonzeros for layer in manifest.layers):,}",
            f"{whole:,}",
            f"{far:,}",
            f"{1 - whole / weights:.2%}",
            "" if published is None else f"{published:.2%}",
        ]
    return TextTable("stored weights", COLUMNS, list(rows.values()))


def dense_weights(layer: LayerInfo) -> int:
    """How many weights a layer has, zeros included; its output has channels last."""
    return layer.macs // prod(layer.shape[:-1]) if layer.macs else 0
