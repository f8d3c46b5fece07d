"""Which kernels planning may choose from: all, the published ones, or those a user names."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from nmc.backend.kernels.registry import Kernel, kernel_names
from nmc.errors import NmcError, did_you_mean

SETS: dict[str, tuple[str, ...]] = {
    "best": (),
    # Daghero et al., MLSys 2025: PULP-NN's 4x2 for dense layers, gathers of single bytes otherwise,
    # with the instruction for two pixels of a convolution or two channels of a single row.
    "paper": ("dense-4x2", "xdecimate-1x2", "xdecimate-2x1", "decimate-1x2"),
}
"""Sets by name; the empty one is every kernel."""

_NAMES = frozenset(kernel_names())

AnyKernel = TypeVar("AnyKernel", bound=Kernel)


class KernelSet:
    """Names of kernels, or of families: `pair` stands for every `pair-...`.

    A whole name is that kernel alone: `dense-4x4` is not `dense-4x4-clamped`. Of the kernels that
    can compute a layer, those of the set are the candidates; where there are none, all are: a
    depthwise layer has no published kernel, and a dense one no sparse kernel.
    """

    def __init__(self, words: Iterable[str] = ("best",)):
        """Raises NmcError for a word that is neither a set, a kernel nor a family."""
        self.families: tuple[str, ...] = tuple(
            name for word in words for name in SETS.get(word, (word,))
        )
        for family in self.families:
            if not any(self._holds(name, family) for name in _NAMES):
                remedy = did_you_mean(family, [*SETS, *kernel_names()])
                raise NmcError(f"kernel '{family}' is unknown; {remedy}")

    def candidates(self, kernels: Sequence[AnyKernel]) -> list[AnyKernel]:
        """The kernels to choose from, of those that can compute a layer."""
        wanted = [
            k for k in kernels if any(self._holds(k.name, family) for family in self.families)
        ]
        return wanted or list(kernels)

    @staticmethod
    def _holds(name: str, word: str) -> bool:
        if word in _NAMES:
            return name == word
        return name.startswith(f"{word}-")
