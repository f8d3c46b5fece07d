"""What a network's weights take in memory, against the dense network and the published figures."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import prod

from benchmarks.commands import Measurement
from benchmarks.published import WEIGHTS_SMALLER
from nmc.backend.kernels import kernel_by_name
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


KERNEL_COLUMNS = [
    "ResNet18", "features", "kernel", ">layers", ">weights", ">not zero", ">constants, bytes",
    ">weights and indices, bytes", ">bytes a non-zero", ">smaller than dense", ">published",
]  # fmt: skip


def stored_by_kernel(measurements: Sequence[Measurement]) -> TextTable:
    """Where the bytes are: the layers of a kernel together, their constants apart.

    The published figure counts weights and indices of pruned layers, as the last columns do.
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for m in measurements:
        manifest = Program.load(m.directory).manifest
        stored = {b.name: b.bytes for b in manifest.buffers if b.kind == "weights"}
        by_kernel: defaultdict[str, list[LayerInfo]] = defaultdict(list)
        for layer in manifest.layers:
            if layer.macs:
                by_kernel[layer.kernel].append(layer)
        for name, layers in by_kernel.items():
            pruned = kernel_by_name(name).nm is not None
            weights = sum(dense_weights(layer) for layer in layers)
            nonzeros = sum(layer.nonzeros for layer in layers)
            constants = sum(_constants(layer) for layer in layers)
            rest = sum(stored[f"{layer.name}.weights"] for layer in layers) - constants
            rows[m.sparsity, m.features, name] = [
                m.sparsity,
                m.features,
                name,
                str(len(layers)),
                f"{weights:,}",
                f"{nonzeros:,}",
                f"{constants:,}",
                f"{rest:,}",
                f"{rest / nonzeros:.2f}" if pruned else "",
                f"{1 - rest / weights:.2%}",
                f"{WEIGHTS_SMALLER[m.sparsity]:.2%}" if pruned else "",
            ]
    return TextTable("stored weights by kernel", KERNEL_COLUMNS, list(rows.values()))


def _constants(layer: LayerInfo) -> int:
    """Bytes of biases, multipliers and what a clamp needs."""
    fmt = kernel_by_name(layer.kernel).format
    return fmt.records(layer.shape[-1]) * (4 * fmt.channels + fmt.tail_bytes)


def dense_weights(layer: LayerInfo) -> int:
    """How many weights a layer has, zeros included; its output has channels last."""
    return layer.macs // prod(layer.shape[:-1]) if layer.macs else 0
