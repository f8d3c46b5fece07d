"""Published cycles of ResNet18 on CIFAR-100 and of ViT-Small/16 (MLSys 2025, arXiv 2503.06183).

The dense one is with the PULP-NN kernels, the sparse ones with the authors' instruction-set
extension; for sparse networks in plain XpulpV2 no whole-network figure is published.
"""

RESNET18_CYCLES: dict[str, float] = {
    "dense": 49.71e6,
    "1:4": 37.67e6,
    "1:8": 24.01e6,
    "1:16": 15.48e6,
}

VIT_SMALL_CYCLES: dict[str, float] = {
    "dense": 975.23e6,
    "1:4": 681.19e6,
    "1:8": 606.99e6,
    "1:16": 540.23e6,
}
"""At 224 x 224, feed-forward layers pruned."""

WEIGHTS_SMALLER: dict[str, float] = {"1:4": 0.6875, "1:8": 0.8125, "1:16": 0.9062}
"""By how much N:M weights and their indices are smaller than dense int8 weights."""

KERNEL_RATIOS: dict[tuple[str, str, str, str], float] = {
    ("conv", "1:4", "decimate-1x2", "dense-1x2"): 0.81,
    ("conv", "1:16", "decimate-1x2", "dense-1x2"): 2.6,
    ("conv", "1:16", "decimate-1x2", "dense-4x2"): 1.85,
    ("conv", "1:4", "xdecimate-1x2", "dense-1x2"): 1.50,
    ("conv", "1:8", "xdecimate-1x2", "dense-1x2"): 2.4,
    ("conv", "1:16", "xdecimate-1x2", "dense-1x2"): 3.9,
    ("conv", "1:4", "xdecimate-1x2", "dense-4x2"): 1.12,
    ("conv", "1:8", "xdecimate-1x2", "dense-4x2"): 1.74,
    ("conv", "1:16", "xdecimate-1x2", "dense-4x2"): 2.78,
    ("fc", "1:4", "decimate-1x2", "dense-1x2"): 1.02,
    ("fc", "1:8", "decimate-1x2", "dense-1x2"): 1.6,
    ("fc", "1:16", "decimate-1x2", "dense-1x2"): 2.3,
    ("fc", "1:4", "xdecimate-2x1", "dense-1x2"): 1.8,
    ("fc", "1:8", "xdecimate-2x1", "dense-1x2"): 2.2,
    ("fc", "1:16", "xdecimate-2x1", "dense-1x2"): 2.9,
}
"""Mean speed-ups over the layers the authors measured: (kind, N:M, kernel, over which) -> ratio.

From a third-party reading of the full text: anchors, not truth.
"""

NOTE = (
    "published: arXiv 2503.06183, dense with PULP-NN, N:M with the authors' instruction; "
    "none for N:M in plain XpulpV2"
)


def published_cycles(sparsity: str, features: str) -> float | None:
    """The figure to compare with: of the same network on a machine with the same abilities."""
    if sparsity != "dense" and features == "none":
        return None
    return RESNET18_CYCLES[sparsity]
