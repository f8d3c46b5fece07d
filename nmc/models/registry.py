"""The models that can be asked for by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, TypeVar

import onnx

from nmc.errors import NmcError
from nmc.numerics.pruning import PRUNES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Sizes = TypeVar("Sizes", bound="DataclassInstance")

RESNETS = ("resnet18",)
VITS = ("vit-small", "vit-tiny", "cct")


@dataclass(frozen=True)
class Request:
    """What a model is to be like. `sizes` are those of a transformer that differ from its own."""

    name: str
    classes: int
    input_size: int | None
    sparsity: str
    seed: int
    prune: str = "ffn"
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])


ModelBuilder = Callable[[Request], onnx.ModelProto]


def _resnet18(request: Request) -> onnx.ModelProto:
    from nmc.models.resnet18 import build_resnet18

    for size in request.sizes:
        raise _no_size(request, size)
    size = 32 if request.input_size is None else request.input_size
    return build_resnet18(request.classes, size, request.sparsity, request.seed)


def _vit(request: Request) -> onnx.ModelProto:
    from nmc.models.vit import SAMPLES, SIZES, build_vit

    own = SIZES[request.name]
    if own.stem and "patch" in request.sizes:
        raise _no_size(request, "patch")
    return build_vit(
        request.name,
        _resized(own, request),
        request.classes,
        request.sparsity,
        "linear" if request.prune == "linear" else "ffn",
        request.seed,
        samples=SAMPLES[request.name],
    )


def _mixer(request: Request) -> onnx.ModelProto:
    from nmc.models.mixer import SMALL, build_mixer

    sizes = _resized(SMALL, request)
    return build_mixer(request.name, sizes, request.classes, request.sparsity, request.seed)


def _bert(request: Request) -> onnx.ModelProto:
    from nmc.models.bert import TINY, build_bert

    return build_bert(
        request.name,
        _resized(TINY, request),
        request.classes,
        request.sparsity,
        "linear" if request.prune == "linear" else "ffn",
        request.seed,
    )


def _resized(own: Sizes, request: Request) -> Sizes:
    """A network's own sizes with those that were asked for. Raises NmcError for one it lacks."""
    known = {field.name for field in fields(own)}
    for size in request.sizes:
        if size not in known:
            raise _no_size(request, size)
    given = dict(request.sizes)
    if request.input_size is not None:
        given["input"] = request.input_size
    return replace(own, **given)


def _no_size(request: Request, size: str) -> NmcError:
    return NmcError(f"model {request.name}: it has no {size}; leave the option out")


MODELS: dict[str, ModelBuilder] = {
    **dict.fromkeys(RESNETS, _resnet18),
    **dict.fromkeys(VITS, _vit),
    "mixer-small": _mixer,
    "bert-tiny": _bert,
}


def build_model(
    name: str,
    classes: int = 100,
    input_size: int | None = None,
    sparsity: str = "dense",
    seed: int = 0,
    *,
    prune: str = "ffn",
    **sizes: int,
) -> bytes:
    """The bytes of the quantised ONNX file, equal for equal arguments and library versions.

    `input_size` is the side of the square input image, or the number of tokens of a text, the
    model's own where None; `sparsity` is
    `dense` or `N:M`, and `prune` says of which layers of a transformer. `sizes` are sizes of a
    transformer: patch, width, depth, heads, mlp.
    """
    from nmc.models.quantise import serialise

    if name not in MODELS:
        raise NmcError(f"model {name!r} is unknown: choose one of {', '.join(sorted(MODELS))}")
    if seed < 0:
        raise NmcError(f"model {name}: seed {seed}: give a number of 0 or more")
    if prune not in PRUNES:
        raise NmcError(f"model {name}: prune {prune!r}: choose {' or '.join(PRUNES)}")
    return serialise(MODELS[name](Request(name, classes, input_size, sparsity, seed, prune, sizes)))
