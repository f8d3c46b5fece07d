"""Columns and rows of the tables the commands print; a title with ``>`` aligns to the right."""

from nmc.program import Result
from nmc.program.manifest import BufferInfo, LayerInfo, Manifest

Table = tuple[list[str], list[list[str]]]


def layer_rows(result: Result) -> Table:
    """Each layer's share of a run, and the whole."""
    columns = ["layer", "op", "kernel", ">cycles", ">MAC/cycle", ">DMA bytes", "largest stalls"]
    rows = [
        [
            layer.name,
            layer.op,
            layer.kernel,
            f"{layer.cycles:,}",
            f"{layer.macs / layer.cycles:.2f}" if layer.macs and layer.cycles else "",
            f"{layer.dma_bytes:,}",
            _largest(layer.stalls),
        ]
        for layer in result.layers
    ]
    total = sum(layer.dma_bytes for layer in result.layers)
    whole = [f"{result.cycles:,}", f"{result.macs_per_cycle:.2f}", f"{total:,}", ""]
    return columns, [*rows, ["all", "", "", *whole]]


def _largest(stalls: dict[str, int]) -> str:
    """The three largest causes."""
    causes = sorted(stalls.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {cycles:,}" for name, cycles in causes[:3] if cycles)


def profile_rows(result: Result) -> Table:
    """Cycles of all cores by symbol, the hottest first."""
    whole = sum(result.profile.values()) or 1
    hottest = sorted(result.profile.items(), key=lambda item: (-item[1], item[0]))
    rows = [[name, f"{cycles:,}", f"{100 * cycles / whole:.1f} %"] for name, cycles in hottest]
    return ["symbol", ">core cycles", ">share"], rows


def plan_rows(manifest: Manifest) -> Table:
    """Each layer as it was compiled."""
    columns = [
        "layer", "op", "output", ">dense MACs", ">stored weights", "kernel", "tile", "split",
        ">balance", ">L1 bytes", ">cycles est.", "why",
    ]  # fmt: skip
    rows = [_plan_row(layer) for layer in manifest.layers]
    cycles = sum(layer.cycles for layer in manifest.layers)
    stored = sum(layer.nonzeros for layer in manifest.layers)
    sums = [f"{manifest.macs:,}", f"{stored:,}"]
    totals = ["all", "", "", *sums, "", "", "", "", "", f"{cycles:,}", ""]
    return columns, [*rows, totals]


def _tile(layer: LayerInfo) -> str:
    """The tile in a few words: sizes by name, flags that are set, then the order of the loops."""
    words: list[str] = []
    for key, value in sorted(layer.tile.items(), key=lambda item: isinstance(item[1], str)):
        if isinstance(value, bool):
            words += [key] if value else []
        else:
            words.append(value if isinstance(value, str) else f"{key}={value}")
    return " ".join(words)


def _plan_row(layer: LayerInfo) -> list[str]:
    return [
        layer.name,
        layer.op,
        "x".join(str(size) for size in layer.shape),
        f"{layer.macs:,}" if layer.macs else "",
        f"{layer.nonzeros:,}" if layer.nonzeros else "",
        layer.kernel,
        _tile(layer),
        "x".join(str(cores) for cores in layer.split),
        f"{layer.balance:.2f}",
        f"{layer.l1_bytes:,}",
        f"{layer.cycles:,}",
        layer.reason,
    ]


def memory_rows(manifest: Manifest) -> Table:
    """Each memory's size and use."""
    columns = ["memory", ">base", ">size", ">peak", ">share", ">lower bound"]
    rows = [
        [
            memory.space,
            f"{memory.base:#x}",
            f"{memory.size:,}",
            f"{memory.peak:,}",
            f"{100 * memory.peak / memory.size:.1f} %" if memory.size else "",
            f"{memory.lower_bound:,}",
        ]
        for memory in manifest.memories
    ]
    return columns, rows


def buffer_rows(manifest: Manifest) -> Table:
    """The memory map, by memory and address."""
    names = [layer.name for layer in manifest.layers]
    buffers = sorted(manifest.buffers, key=lambda b: (b.space, b.address, b.name))
    rows = [
        [
            buffer.space,
            f"{buffer.address:#x}",
            f"{buffer.bytes:,}",
            buffer.kind,
            buffer.name,
            _alive(buffer, names),
        ]
        for buffer in buffers
    ]
    return ["memory", ">address", ">bytes", "kind", "name", "needed by"], rows


def _alive(buffer: BufferInfo, names: list[str]) -> str:
    """The first and last layer that need a buffer, by name."""
    if not buffer.alive:
        return "always"
    layers = [names[index] for index in buffer.alive if index < len(names)]
    return layers[0] if len(set(layers)) == 1 else " .. ".join(layers)
