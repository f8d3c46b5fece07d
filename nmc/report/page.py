"""The page: one HTML file that needs nothing else, not even a network."""

from collections.abc import Iterator
from dataclasses import dataclass

import jinja2

from nmc.program.manifest import Manifest
from nmc.program.program import short_number
from nmc.program.saved_run import SavedRun
from nmc.report.layers import bank_heat, estimates, stacked_cycles
from nmc.report.memory_map import memory_map
from nmc.report.roofline import points, roofline
from nmc.report.style import Spec
from nmc.report.timeline import timeline
from nmc.targets import Target
from nmc.targets.code_space import code_space
from nmc.version import VERSION

HOTTEST = 15
"""Functions in the table."""


@dataclass(frozen=True)
class Section:
    """A plot with what it shows."""

    id: str
    title: str
    text: str
    plot: Spec


def report_page(manifest: Manifest, run: SavedRun, target: Target) -> str:
    """The page of a program and one run of it."""
    from plotly.offline import get_plotlyjs  # takes a second to load

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nmc.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions = run.profile.functions if run.profile is not None else ()
    whole = sum(function.cycles for function in functions) or 1
    return environment.get_template("page.html.j2").render(
        plotly=get_plotlyjs(),
        name=manifest.name,
        facts=_facts(manifest, run),
        sections=_sections(manifest, run, target),
        functions=[
            (
                function.name,
                f"{function.cycles:,}",
                f"{100 * function.cycles / whole:.1f} %",
                f"{function.instructions:,}",
                f"{function.instructions / max(1, function.cycles):.2f}",
            )
            for function in functions[:HOTTEST]
        ],
        version=VERSION,
    )


def _facts(manifest: Manifest, run: SavedRun) -> list[tuple[str, str]]:
    """The numbers at the top."""
    estimate = sum(layer.estimate for layer in manifest.layers)
    features = ", ".join(manifest.target.features) or "none"
    found = [
        ("cycles", f"{run.cycles:,}"),
        ("dense MAC/cycle", f"{run.macs / max(1, run.cycles):.2f}"),
        ("instructions", short_number(run.instructions)),
        ("estimated cycles", f"{estimate:,} ({100 * (estimate / max(1, run.cycles) - 1):+.1f} %)"),
        ("dense MACs", short_number(run.macs)),
        ("target", f"{manifest.target.name}, {manifest.target.cores} cores, features {features}"),
        ("input", run.input),
    ]
    if run.profile is not None:
        traffic = run.profile.traffic
        for name, busy, overlapped in (
            ("DMA busy", traffic.dma, traffic.dma_overlapped),
            ("L3 busy", traffic.l3, traffic.l3_overlapped),
        ):
            if busy:
                share = f"{100 * busy / max(1, run.cycles):.1f} % of cycles"
                found.append((name, f"{share}, {100 * overlapped / busy:.1f} % of it overlapped"))
    return found


_BUFFERS = {
    "l1": " The DMA fills those that are loaded and takes away those that are stored.",
    "l2": " The ring holds weights on their way from L3.",
    "l3": "",
}
"""What the memory maps' kinds of buffers are."""


Plot = tuple[str, str, str, Spec | None]
"""Identifier, title, text and what is drawn, if anything."""


def _sections(manifest: Manifest, run: SavedRun, target: Target) -> list[Section]:
    plots: list[Plot] = [
        (
            "timeline",
            "Timeline",
            "How much of the time each core issued instructions, and each engine was busy. "
            "A trace (nmc run --trace) shows single tiles and transfers.",
            timeline(run),
        )
    ]
    if manifest.layers:
        plots += [*_of_layers(manifest, run, target), *_memory_maps(manifest, target)]
    return [Section(a, b, c, plot) for a, b, c, plot in plots if plot is not None]


def _of_layers(manifest: Manifest, run: SavedRun, target: Target) -> list[Plot]:
    layers = run.layers
    return [
        (
            "cycles",
            "Where the cycles went",
            "A bar is as long as its layer took, divided as the mean core spent it: instructions "
            "issued, and waits for a loaded value (load_use), a bank of L1 that served another "
            "(bank), code (icache), a jump's target (branch), L2, the second half of a misaligned "
            "access, an instruction of several cycles (multicycle), a register of the cluster "
            "(peripheral); polling of the DMA or L3; and the other cores (barrier).",
            stacked_cycles(layers),
        ),
        (
            "roofline",
            "Roofline",
            "A layer near a slope is bound by data movement, one near the flat roof by computing. "
            "Bytes count for the layer in which their transfer was asked for.",
            roofline(points(manifest.layers, layers), target),
        ),
        (
            "estimates",
            "Estimated and measured",
            "What the planner expected of each layer, beside what it took.",
            estimates(layers),
        ),
        (
            "banks",
            "Bank conflicts",
            "Cycles in which cores waited for a bank of L1 that served another.",
            bank_heat(layers),
        ),
    ]


def _memory_maps(manifest: Manifest, target: Target) -> Iterator[Plot]:
    for space in ("l1", "l2", "l3"):
        code = code_space(target, len(manifest.layers)) if space == "l2" else 0
        title = f"Memory map of {space.upper()}"
        text = f"Each buffer by address, and by the layers that need it.{_BUFFERS[space]}"
        yield space, title, text, memory_map(manifest, space, code)
