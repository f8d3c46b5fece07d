"""Which kernels a set leaves to choose from."""

import pytest

from nmc.backend.kernels import KernelSet, depthwise_for, kernels_for
from nmc.errors import NmcError
from nmc.targets import KNOWN_FEATURES


def names(words: str, nm: tuple[int, int] | None, features: tuple[str, ...] = ()) -> set[str]:
    candidates = KernelSet(words.split(",")).candidates(kernels_for(nm, features))
    return {kernel.name for kernel in candidates}


def test_best_is_every_kernel() -> None:
    every = {kernel.name for kernel in kernels_for((1, 8), KNOWN_FEATURES)}
    assert names("best", (1, 8), KNOWN_FEATURES) == every
    assert len(every) > 4


def test_paper_is_what_was_published() -> None:
    assert names("paper", None) == {"dense-4x2"}
    assert names("paper", (1, 8)) == {"dense-4x2", "decimate-1x2-1:8"}
    assert names("paper", (1, 8), KNOWN_FEATURES) == {
        "dense-4x2",
        "decimate-1x2-1:8",
        "xdecimate-1x2-1:8",
        "xdecimate-2x1-1:8",
    }


def test_a_family_is_not_a_prefix_of_a_word() -> None:
    assert names("xdecimate-1x2", (1, 4), KNOWN_FEATURES) == {"xdecimate-1x2-1:4"}
    assert names("decimate", (1, 4), KNOWN_FEATURES) == {"decimate-1x2-1:4"}
    assert names("decimate,dense-1x2", (1, 4)) == {"decimate-1x2-1:4", "dense-1x2"}


def test_a_whole_name_is_one_kernel_though_it_begins_others() -> None:
    assert names("dense-4x4", None) == {"dense-4x4"}
    assert names("dense-4x4-clamped", None) == {"dense-4x4-clamped"}
    assert {"dense-4x4", "dense-4x4-clamped"} < names("dense", None)


def test_where_none_is_legal_all_are_left() -> None:
    every = {kernel.name for kernel in kernels_for(None)}
    assert names("decimate", None) == every
    kernels = depthwise_for(1)
    assert KernelSet(("paper",)).candidates(kernels) == kernels


@pytest.mark.parametrize(
    ("word", "said"),
    [("papr", "did you mean 'paper'"), ("dense-4", "did you mean 'dense-4x"), ("", "choose from")],
)
def test_unknown_words(word: str, said: str) -> None:
    with pytest.raises(NmcError, match=f"kernel '{word}' is unknown; {said}"):
        KernelSet((word,))
