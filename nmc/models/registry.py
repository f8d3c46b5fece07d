"""The models that can be asked for by name."""

from collections.abc import Callable

import onnx

from nmc.errors import NmcError

# (classes, input, sparsity, seed) -> quantised model
ModelBuilder = Callable[[int, int, str, int], onnx.ModelProto]


def _resnet18(classes: int, input_size: int, sparsity: str, seed: int) -> onnx.ModelProto:
    from nmc.models.resnet18 import build_resnet18

    return build_resnet18(classes, input_size, sparsity, seed)


MODELS: dict[str, ModelBuilder] = {"resnet18": _resnet18}


def build_model(
    name: str, classes: int = 100, input_size: int = 32, sparsity: str = "dense", seed: int = 0
) -> bytes:
    """The bytes of the quantised ONNX file, equal for equal arguments and library versions.

    `input_size` is the side of the square input image, `sparsity` is `dense` or `N:M`.
    """
    from nmc.models.quantise import serialise

    if name not in MODELS:
        raise NmcError(f"model {name!r} is unknown: choose one of {', '.join(sorted(MODELS))}")
    if seed < 0:
        raise NmcError(f"model {name}: seed {seed}: give a number of 0 or more")
    return serialise(MODELS[name](classes, input_size, sparsity, seed))
