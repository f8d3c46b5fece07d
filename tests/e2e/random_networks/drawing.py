"""What a network is drawn from: numbers, choices, windows, what there is to go on from."""

from typing import TypeVar

import numpy as np

from nmc.models.builder import GraphBuilder, Value, Window
from nmc.models.sparsity import Sparsity

T = TypeVar("T")

SPARSITIES = (None, Sparsity(1, 4), Sparsity(1, 8), Sparsity(1, 16), Sparsity(2, 4), Sparsity(3, 8))
# Numbers in a tensor beyond which nothing is drawn that makes many more of them.
LARGE = 12_000
SAMPLES = 6


class Drawing:
    """The graph so far, and the numbers it is drawn by.

    values: what operators have made, the input first. operators: their names and output shapes.
    """

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.graph = GraphBuilder(f"random{seed}", seed, samples=SAMPLES)
        self.sparsity = self.one_of(*SPARSITIES)
        self.values: list[Value] = []
        self.operators: list[str] = []

    def one_of(self, *choices: T) -> T:
        """Any of them."""
        return choices[int(self.generator.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        """Whether it happens."""
        return self.generator.random() < probability

    def upto(self, low: int, high: int) -> int:
        """A number of low to high, both included; small ones are drawn more often."""
        return min(int(self.generator.integers(low, high + 1)) for _ in range(2))

    def pattern(self) -> Sparsity | None:
        """The network's pattern, or none: not every layer is pruned."""
        return self.sparsity if self.chance(0.8) else None

    def window(self, x: Value, *, dilated: bool = True) -> Window:
        """A window that fits into the padded image."""
        (a, b) = (self._side(extent, dilated) for extent in x.shape[2:])
        return Window((a[0], b[0]), (a[1], b[1]), (a[2], b[2], a[3], b[3]), (a[4], b[4]))

    def _side(self, extent: int, dilated: bool) -> tuple[int, int, int, int, int]:
        """Kernel, stride, padding before and behind, dilation, along one side of an image."""
        stride = self.one_of(1, 1, 1, 2, 3)
        kernel, dilation = self.upto(1, 5), self.one_of(1, 1, 1, 2) if dilated else 1
        before, behind = (int(self.generator.integers(kernel)) for _ in range(2))
        if dilation * (kernel - 1) + 1 > extent + before + behind:
            return 1, stride, 0, 0, 1
        return kernel, stride, before, behind, dilation
