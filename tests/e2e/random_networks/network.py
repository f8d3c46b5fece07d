"""A random network with the options to compile it with, and what becomes of it."""

import re
from dataclasses import dataclass
from typing import Any

import onnx

import nmc
from nmc.errors import NmcError
from nmc.models.quantise import Quantisation, quantise
from tests.e2e.random_networks.drawing import Drawing
from tests.e2e.random_networks.operators import grow

FEATURES = ((), ("xnm",), ("xdecimate",), ("xgather",), ("xgmac",), ("xdecimate", "xgmac"))
L1_SIZES = (None, 65536, 32768, 16384, 8192)

# What users are told to repair: their quantiser left something real, or L1 is too small.
REFUSALS = (
    r"unquantised: add QuantizeLinear",
    r"nothing quantises it: add QuantizeLinear",
    r"is not quantised, and .* reads it; quantise it",
    r"the model is float-only",
    r"it combines several tensors; only what depends on one tensor",
    r"its gains reach .* steps of its output scale, too much for 32-bit sums",
    r"its smallest tile needs [1-9]\d* bytes more than the \d+ bytes of L1",
)


@dataclass(frozen=True)
class RandomNetwork:
    """The file, how it is compiled, and, to be printed, what it is of."""

    model: onnx.ModelProto
    options: dict[str, Any]
    operators: tuple[str, ...]
    quantisation: Quantisation

    def __str__(self) -> str:
        return f"{', '.join(self.operators)}; {self.quantisation}; {self.options}"


@dataclass(frozen=True)
class Outcome:
    """kind: exact, refused, wrong or found (by a sanitizer). detail: what is said of it."""

    kind: str
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        refused = self.kind == "refused"
        known = any(re.search(pattern, self.detail) for pattern in REFUSALS)
        return self.kind == "exact" or (refused and known)


def make_network(seed: int) -> RandomNetwork:
    """The network of a number, always the same."""
    d = Drawing(seed)
    d.values.append(d.graph.input("x", _shape(d)))
    for _ in range(int(d.generator.integers(2, 8))):
        grow(d)
    outputs = {"y": d.values[-1]}
    if len(d.values) > 3 and d.chance(0.2):
        outputs["also"] = d.values[-2]
    quantisation = Quantisation(
        d.one_of("qdq", "qdq", "qoperator"),
        d.one_of("int8", "uint8"),
        per_channel=d.chance(0.7),
        symmetric=d.chance(0.2),
        keep_relu=d.chance(0.2),
    )
    model = quantise(d.graph, outputs, quantisation)
    return RandomNetwork(model, _options(d), tuple(d.operators), quantisation)


def _shape(d: Drawing) -> tuple[int, ...]:
    """Of an image, of tokens or of a row."""
    match d.one_of(4, 4, 3, 2):
        case 4:
            return 1, d.upto(1, 40), d.upto(1, 20), d.upto(1, 20)
        case 3:
            return 1, d.upto(1, 40), d.upto(1, 16) * d.one_of(1, 2, 4)
        case _:
            return 1, d.upto(1, 300)


def _options(d: Drawing) -> dict[str, Any]:
    options: dict[str, Any] = {
        "target": d.one_of("vega", "pulp-open", "gap9"),
        "features": d.one_of(*FEATURES),
        "cores": d.one_of(1, 2, 3, 4, 7, 8),
        "l1": d.one_of(*L1_SIZES),
    }
    if d.chance(0.15):
        options["kernels"] = ("paper",)
    if d.chance(0.1):
        options["asm"] = "stock"
    if d.chance(0.15):
        options["sparsity"] = d.one_of("dense", "1:4", "1:8", "1:16")
    return options


def outcome(network: RandomNetwork) -> Outcome:
    """Compile it and run it on one input, under the sanitizers."""
    try:
        program = nmc.compile(network.model, **network.options)
    except NmcError as error:
        return Outcome("refused", str(error))
    result = program.run_random(1, check=True, sanitize=True)
    if not result.exact:
        return Outcome("wrong", str(result.difference))
    if result.findings:
        return Outcome("found", str(result.findings[0]))
    return Outcome("exact")
