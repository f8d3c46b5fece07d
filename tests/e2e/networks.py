"""Small networks, compiled as a user would, and the options they are compiled with."""

import functools
from dataclasses import dataclass

import nmc
from nmc.models.quantise import serialise
from nmc.models.small import small_model
from nmc.models.tokens import TOKEN_NETWORKS, token_model
from nmc.program import Program

# Bytes of L1: all of a common target's, and so little that most layers need several tiles.
L1_SIZES: dict[str, int] = {"roomy": 131072, "tight": 16384}


@dataclass(frozen=True)
class Case:
    """A network and how it is compiled."""

    network: str
    sparsity: str = "dense"
    features: str = "none"
    cores: int = 8
    l1: str = "roomy"

    def __str__(self) -> str:
        return f"{self.network}-{self.sparsity}-{self.features}-{self.cores}-{self.l1}"


@functools.cache
def model_bytes(network: str, sparsity: str) -> bytes:
    """The ONNX file of a small network."""
    build = token_model if network in TOKEN_NETWORKS else small_model
    return serialise(build(network, sparsity))


def compile_case(case: Case) -> Program:
    """Compile the case's network with its options."""
    return nmc.compile(
        model_bytes(case.network, case.sparsity),
        features=() if case.features == "none" else (case.features,),
        cores=case.cores,
        l1=L1_SIZES[case.l1],
        name=case.network,
    )
