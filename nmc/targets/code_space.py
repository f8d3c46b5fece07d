"""How much of L2 is left to code, before there is any."""

from nmc.targets.description import Target

USUAL_LAYERS = 32
"""For as many layers the target's own reserve is enough (ResNet18 has 31, in 60 KiB)."""

BYTES_PER_LAYER = 3072
"""For each further one: a ViT's layers need 1.6 KiB on average, kernels of their own included."""


def code_space(target: Target, layers: int) -> int:
    """Bytes from the base of L2 on that a program of so many layers leaves to its code."""
    return target.l2.code_bytes + max(0, layers - USUAL_LAYERS) * BYTES_PER_LAYER
