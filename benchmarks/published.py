"""The published figures of ResNet18 on CIFAR-100 (MLSys 2025, arXiv 2503.06183), in cycles.

The dense one is with the PULP-NN kernels, the sparse ones with the authors' instruction-set
extension; for sparse networks in plain XpulpV2 no whole-network figure is published.
"""

RESNET18_CYCLES: dict[str, float] = {
    "dense": 49.71e6,
    "1:4": 37.67e6,
    "1:8": 24.01e6,
    "1:16": 15.48e6,
}

NOTE = (
    "published: arXiv 2503.06183, dense with PULP-NN, N:M with the authors' instruction; "
    "none for N:M in plain XpulpV2"
)


def published_cycles(sparsity: str, features: str) -> float | None:
    """The figure to compare with: of the same network on a machine with the same abilities."""
    if sparsity != "dense" and features == "none":
        return None
    return RESNET18_CYCLES[sparsity]
