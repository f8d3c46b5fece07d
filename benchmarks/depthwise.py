"""Depthwise convolutions: the kernel that is chosen beside the one that takes pixels singly.

    python -m benchmarks.depthwise [--target vega]

Layers of the mobile networks that microcontrollers run (MobileNetV1 at a quarter of its width on
96 x 96 pixels, and a keyword spotter of depthwise blocks), and windows beyond 3 x 3. Each is a
network of one layer, compiled twice and checked bit for bit.
"""

import argparse
import sys
from dataclasses import asdict, dataclass

import nmc
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.models.builder import Window
from nmc.models.small import ConvSpec, conv_model

SINGLE = "depthwise-4"
"""The kernel for any window, of four channels and one pixel."""

LAYERS: tuple[tuple[str, ConvSpec], ...] = tuple(
    (name, ConvSpec(channels, channels, height, width, window, groups=channels))
    for name, channels, height, width, window in (
        ("MobileNet 1", 8, 48, 48, Window.square(3)),
        ("MobileNet 2", 16, 48, 48, Window.square(3, 2)),
        ("MobileNet 3", 32, 24, 24, Window.square(3)),
        ("MobileNet 4", 32, 24, 24, Window.square(3, 2)),
        ("MobileNet 5", 64, 12, 12, Window.square(3)),
        ("MobileNet 6", 64, 12, 12, Window.square(3, 2)),
        ("MobileNet 7", 128, 6, 6, Window.square(3)),
        ("keywords", 64, 25, 5, Window.square(3)),
        ("2x2", 32, 16, 16, Window.square(2, 2, 0)),
        ("4x4", 32, 16, 16, Window.square(4, 1, 1)),
        ("5x5", 32, 16, 16, Window.square(5)),
        ("3x3, 30 channels", 30, 16, 16, Window.square(3)),
    )
)


@dataclass(frozen=True)
class Measured:
    """One layer. cycles, estimate: of the chosen kernel. single: cycles of the other."""

    name: str
    shape: str
    kernel: str
    macs: int
    cycles: int
    estimate: int
    single: int
    exact: bool


def main() -> int:
    """Measure; 1 if a result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--target", default="vega")
    chosen = parser.parse_args()
    found = [measure(name, spec, chosen.target) for name, spec in LAYERS]
    notes = [f"Single: with {SINGLE} alone. Gain: its cycles over those of the kernel chosen."]
    publish("depthwise", [_table(found)], notes, [asdict(one) for one in found], chosen.target)
    return 0 if all(one.exact for one in found) else 1


def measure(name: str, spec: ConvSpec, target: str) -> Measured:
    """Compile and run a layer with the best kernel, and with the other."""
    model = conv_model(spec)
    best, other = (
        nmc.compile(model, target=target, kernels=kernels, name="depthwise").run_random(
            7, check=True
        )
        for kernels in (None, (SINGLE,))
    )
    layers = [next(one for one in run.layers if one.op == "conv2d") for run in (best, other)]
    window = spec.window
    shape = (
        f"{window.kernel[0]}x{window.kernel[1]}/{window.strides[1]} "
        f"{spec.channels_in} @{spec.height}x{spec.width}"
    )
    return Measured(
        name,
        shape,
        layers[0].kernel,
        layers[0].macs,
        layers[0].cycles,
        layers[0].estimate,
        layers[1].cycles,
        best.exact is True and other.exact is True,
    )


def _table(found: list[Measured]) -> TextTable:
    columns = [
        "layer", "window, channels, image", "kernel", ">cycles", ">estimated", ">MAC/cycle",
        ">single", ">gain", "exact",
    ]  # fmt: skip
    rows = [
        [
            one.name,
            one.shape,
            one.kernel,
            f"{one.cycles:,}",
            f"{one.estimate:,}",
            f"{one.macs / one.cycles:.2f}",
            f"{one.single:,}",
            f"{one.single / one.cycles:.2f}",
            "yes" if one.exact else "NO",
        ]
        for one in found
    ]
    return TextTable("depthwise convolutions", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
