"""The published figures of ResNet18 on CIFAR-100 (MLSys 2025, arXiv 2503.06183), in cycles.

The sparse ones use the authors' instruction-set extension; the dense one the PULP-NN kernels.
"""

RESNET18_CYCLES: dict[str, float] = {
    "dense": 49.71e6,
    "1:4": 37.67e6,
    "1:8": 24.01e6,
    "1:16": 15.48e6,
}
