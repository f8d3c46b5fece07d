"""What is inside the cycles of attention: its two products, its softmax, and the rest."""

import re
from dataclasses import dataclass

from nmc.measurements import Profile
from nmc.program import Program
from nmc.program.result import Result

SPARSE = "03-sparse.mlir"
SCORES = re.compile(r"transpose_rhs\} : \(tensor<\d+x(\d+)x(\d+)xu?i8>, tensor<\d+x(\d+)x")


@dataclass(frozen=True)
class Part:
    """A part of all attention layers. cycles: of all cores over their number."""

    name: str
    cycles: int
    macs: int


def attention_parts(program: Program, result: Result) -> list[Part]:
    """The parts of a profiled run's attention; none where there is no attention.

    Kernels are told apart by their sum's length: a head's width in queries times keys (QK), tokens
    in probabilities times values (AV). `rest` moves data, packs keys and values, changes scales,
    and waits.
    """
    layers = [layer for layer in result.layers if layer.op == "attention"]
    sizes = SCORES.search(program.stages[SPARSE])
    if not layers or sizes is None or result.profile is None:
        return []
    _, width, keys = map(int, sizes.groups())
    if width == keys:
        return []
    kernel = layers[0].kernel.replace("-", "_")
    macs = sum(layer.macs for layer in layers) // 2
    cores = len(layers[0].cores)
    parts = [
        Part("QK", _cycles(result.profile, f"contract_{kernel}_t1_c{width}_", cores), macs),
        Part("softmax", _cycles(result.profile, "softmax_", cores), 0),
        Part("AV", _cycles(result.profile, f"contract_{kernel}_t1_c{keys}_", cores), macs),
    ]
    spent = sum(part.cycles for part in parts)
    return [*parts, Part("rest", sum(layer.cycles for layer in layers) - spent, 0)]


def _cycles(profile: Profile, prefix: str, cores: int) -> int:
    found = [entry for entry in profile.functions if entry.name.startswith(prefix)]
    if not found:
        raise LookupError(f"the profile has no function {prefix}...")
    return sum(sum(entry.core_cycles[:cores]) for entry in found) // cores
