"""The tables the commands print."""

from statistics import median

from nmc.cli.console import TextTable
from nmc.cli.profile_tables import largest
from nmc.program import Result
from nmc.program.manifest import BufferInfo, LayerInfo, Manifest
from nmc.program.program import short_number
from nmc.program.saved_run import SavedRun


def layer_table(result: Result) -> TextTable:
    """Each layer's share of a run, and the whole."""
    columns = [
        "layer", "op", "kernel", ">cycles", ">estimated", ">MAC/cycle", ">DMA bytes",
        "largest stalls",
    ]  # fmt: skip
    rows = [
        [
            layer.name,
            layer.op,
            layer.kernel,
            f"{layer.cycles:,}",
            f"{layer.estimate:,}",
            f"{layer.macs / layer.cycles:.2f}" if layer.macs and layer.cycles else "",
            f"{layer.dma_bytes:,}",
            largest(layer.stalls),
        ]
        for layer in result.layers
    ]
    total = sum(layer.dma_bytes for layer in result.layers)
    estimate = sum(layer.estimate for layer in result.layers)
    whole = [
        f"{result.cycles:,}",
        f"{estimate:,}",
        f"{result.macs_per_cycle:.2f}",
        f"{total:,}",
        "",
    ]
    return TextTable(
        "layers",
        columns,
        [*rows, ["all", "", "", *whole]],
        optional=("op", "DMA bytes", "largest stalls", "kernel", "estimated"),
    )


def plan_table(manifest: Manifest, run: SavedRun | None = None) -> TextTable:
    """Each layer as it was compiled: what it is, what runs, how many cycles that should take.

    And how many it took, if there was a run. Estimates hold the cycles of the weight stream.
    """
    streams = any(layer.stream for layer in manifest.layers)
    columns = [
        "layer", "op", "output", ">dense MACs", ">stored weights", "kernel", "split",
        ">cycles est.", *([">for L3"] if streams else []),
        *([">measured", ">off by"] if run is not None else []),
    ]  # fmt: skip
    measured = {layer.name: layer.cycles for layer in run.layers} if run is not None else {}
    rows = [
        [
            layer.name,
            layer.op,
            "x".join(str(size) for size in layer.shape),
            short_number(layer.macs) if layer.macs else "",
            f"{layer.nonzeros:,}" if layer.nonzeros else "",
            layer.kernel,
            "x".join(str(cores) for cores in layer.split),
            f"{layer.estimate:,}",
            *([f"{layer.stream:,}"] if streams else []),
            *(_against(layer.estimate, measured[layer.name]) if run is not None else []),
        ]
        for layer in manifest.layers
    ]
    cycles = sum(layer.estimate for layer in manifest.layers)
    stream = sum(layer.stream for layer in manifest.layers)
    stored = sum(layer.nonzeros for layer in manifest.layers)
    sums = [short_number(manifest.macs), f"{stored:,}"]
    last = ["all", "", "", *sums, "", "", f"{cycles:,}", *([f"{stream:,}"] if streams else [])]
    last += _against(cycles, run.cycles) if run is not None else []
    return TextTable(
        "layers",
        columns,
        [*rows, last],
        optional=("op", "dense MACs", "output", "stored weights", "split", "off by", "kernel"),
    )


def _against(estimate: int, measured: int) -> list[str]:
    """Measured cycles, and how far above them (+) or below the estimate is."""
    return [f"{measured:,}", f"{100 * (estimate - measured) / measured:+.1f} %"]


def estimate_errors(run: SavedRun) -> str:
    """How far the planner's cycles of the layers are from the measured ones, in one line."""
    layers = [layer for layer in run.layers if layer.cycles]
    if not layers:
        return "estimates: no layer took a cycle"
    errors = {layer.name: layer.estimate / layer.cycles - 1 for layer in layers}
    worst = max(errors, key=lambda name: abs(errors[name]))
    middle = median(abs(error) for error in errors.values())
    return (
        f"estimates of {len(layers)} layers: off by {100 * middle:.1f} % in the median, "
        f"{100 * errors[worst]:+.1f} % at worst ({worst})"
    )


def tile_table(manifest: Manifest) -> TextTable:
    """How each layer is cut: into tiles for L1, and over the cores."""
    columns = ["layer", "tile", ">L1 bytes", ">DMA bytes", ">busiest core"]
    rows = [
        [
            layer.name,
            _tile(layer),
            f"{layer.l1_bytes:,}",
            f"{layer.dma_bytes:,}",
            f"{layer.balance:.2f}",
        ]
        for layer in manifest.layers
    ]
    return TextTable("tiles", columns, rows, optional=("DMA bytes", "busiest core", "L1 bytes"))


def reason_table(manifest: Manifest) -> TextTable:
    """Why each layer with weights got its kernel; layers with the same reason share a row."""
    layers: dict[tuple[str, str], list[str]] = {}
    for layer in filter(lambda layer: layer.macs, manifest.layers):
        layers.setdefault((layer.kernel, layer.reason), []).append(layer.name)
    rows = [[kernel, why, ", ".join(names)] for (kernel, why), names in layers.items()]
    return TextTable("reasons", ["kernel", "estimated cycles", "layers"], rows)


def _tile(layer: LayerInfo) -> str:
    """The tile in a few words: sizes by name, flags that are set, then the order of the loops."""
    words: list[str] = []
    for key, value in sorted(layer.tile.items(), key=lambda item: isinstance(item[1], str)):
        if isinstance(value, bool):
            words += [key] if value else []
        else:
            words.append(value if isinstance(value, str) else f"{key}={value}")
    return " ".join(words)


def memory_table(manifest: Manifest) -> TextTable:
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
    return TextTable("memories", columns, rows, optional=("base", "lower bound"))


def buffer_table(manifest: Manifest) -> TextTable:
    """The memory map: L1 layer by layer, since each has it all; the others by address."""
    names = [layer.name for layer in manifest.layers]
    buffers = sorted(manifest.buffers, key=_map_order)
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
    columns = ["memory", ">address", ">bytes", "kind", "name", "needed by"]
    return TextTable("memory map", columns, rows, optional=("kind", "needed by"))


def _map_order(buffer: BufferInfo) -> tuple[str, int, int, str]:
    layer = buffer.alive[0] if buffer.space == "l1" and buffer.alive else -1
    return buffer.space, layer, buffer.address, buffer.name


def _alive(buffer: BufferInfo, names: list[str]) -> str:
    """The first and last layer that need a buffer, by name."""
    if not buffer.alive:
        return "always"
    layers = [names[index] for index in buffer.alive if index < len(names)]
    return layers[0] if len(set(layers)) == 1 else " .. ".join(layers)
