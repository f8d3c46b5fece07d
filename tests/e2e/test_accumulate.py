"""Layers that gather and accumulate, over cores, shapes and patterns: the reference's bits."""

import os
from dataclasses import dataclass

import pytest

import nmc
from nmc.models.builder import Window
from nmc.models.small import ConvSpec, conv_model


@dataclass(frozen=True)
class Layer:
    """A convolution, the pattern of its weights, and the machine."""

    channels: tuple[int, int]
    size: tuple[int, int]
    sparsity: str
    cores: int
    kernels: str = "xgmac-xrq"
    window: Window = Window.square(3)  # noqa: RUF009 - frozen, as safe as a number
    activation: str = "relu"
    l1: int | None = None


LAYERS = [
    # Lines of 16 and of 32 lanes, whole and in strips; odd channels; words not filled.
    Layer((13, 6), (8, 16), "1:4", 1),
    Layer((40, 10), (6, 32), "1:8", 2, "xgmac-xrq-4x4of32-1:8"),
    Layer((32, 33), (16, 8), "1:16", 8, l1=32768),
    # Rows gathered byte by byte: the last word of a group has three pixels.
    Layer((17, 7), (5, 7), "1:8", 4, window=Window.square(1)),
    Layer((16, 12), (9, 11), "2:8", 16, window=Window.square(3, 2)),
    Layer((24, 9), (8, 8), "2:4", 8, "xgmac", window=Window((5, 1), (1, 1), (2, 0, 2, 0))),
    Layer((36, 5), (6, 6), "2:16", 4, activation="clip"),
]

MORE = [
    Layer((cin, cout), size, sparsity, cores, kernels, window, activation)
    for cores in (1, 2, 4, 8, 16)
    for kernels in ("xgmac", "xgmac-xrq")
    for cin, cout, size, sparsity in (
        (64, 16, (4, 4), "1:4"),
        (33, 21, (7, 13), "1:8"),
        (48, 8, (16, 16), "1:16"),
        (31, 30, (6, 32), "2:8"),
    )
    for window, activation in (
        (Window.square(3), "relu"),
        (Window.square(1), "none"),
        (Window.square(3, 2), "clip"),
    )
]


@pytest.mark.parametrize(
    "layer", LAYERS + (MORE if os.environ.get("NMC_E2E") == "full" else []), ids=str
)
def test_exact(layer: Layer) -> None:
    spec = ConvSpec(
        *layer.channels,
        *layer.size,
        window=layer.window,
        sparsity=layer.sparsity,
        activation=layer.activation,
    )
    program = nmc.compile(
        conv_model(spec),
        features=["xnm"],
        kernels=[layer.kernels],
        cores=layer.cores,
        l1=layer.l1,
    )
    kernels = [info.kernel for info in program.manifest.layers]
    assert any(kernel.startswith(layer.kernels) for kernel in kernels)
    result = program.run_random(1, check=True, sanitize=True)
    assert result.exact, str(result.difference)
    assert [str(finding) for finding in result.findings or ()] == []


def test_one_feature_is_chosen_only_where_it_is() -> None:
    model = conv_model(ConvSpec(32, 16, 8, 16, sparsity="1:8"))
    found = {
        features: next(
            info.kernel
            for info in nmc.compile(model, features=features).manifest.layers
            if info.op == "conv2d"
        )
        for features in ((), ("xdecimate",), ("xgmac",), ("xgmac", "xrq"))
    }
    assert not any(found[()].startswith(name) for name in ("xdecimate", "xgmac"))
    assert not found["xdecimate",].startswith("xgmac")
    assert found["xgmac",].startswith("xgmac-4x4")
    assert found["xgmac", "xrq"].startswith("xgmac-xrq-4x4")
