"""The sparsity option of the model builders."""

import re
from dataclasses import dataclass

from nmc.errors import NmcError


@dataclass(frozen=True)
class Sparsity:
    """At most `n` non-zeros in every `m` consecutive input channels of one kernel tap."""

    n: int
    m: int

    def __str__(self) -> str:
        return f"{self.n}:{self.m}"


def parse_sparsity(text: str) -> Sparsity | None:
    """`dense` is None, `N:M` a pattern with 0 < N < M."""
    if text == "dense":
        return None
    match = re.fullmatch(r"(\d{1,3}):(\d{1,3})", text)
    if match is None or not 0 < int(match[1]) < int(match[2]):
        raise NmcError(f"sparsity {text!r}: say dense or N:M with 0 < N < M, for example 1:8")
    return Sparsity(int(match[1]), int(match[2]))
