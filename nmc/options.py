"""What a user chooses for one compilation, and how a module carries it from stage to stage.

Every option is an attribute of the module (``nmc.target``, ``nmc.features``, ...), so that a
stage file is complete: compiling goes on from it with nothing but the file.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, StringAttr, i64
from xdsl.ir import Attribute
from xdsl.utils.hints import isa

from nmc.errors import NmcError, did_you_mean
from nmc.numerics.pruning import PRUNES
from nmc.targets import FEATURE_SETS, KNOWN_FEATURES, parse_target, target_names, target_text

FEATURES: tuple[str, ...] = (*KNOWN_FEATURES, *FEATURE_SETS)
ASSEMBLY_STYLES: tuple[str, ...] = ("pulp", "stock")
MIN_CORES, MAX_CORES = 1, 16


@dataclass(frozen=True)
class Options:
    """The options of one compilation.

    target: name of a shipped target description, or the path of a user's own.
    target_text: the text of the user's own description (empty for a shipped one).
    features: instruction-set extensions beyond XpulpV2 the code may use.
    cores: cluster cores that work; None = all the target has.
    l1: bytes of L1 that may be used; None = all the target has.
    l3: bytes of L3 the machine has; None = what the target says.
    sparsity: ``keep`` (whatever N:M pattern the weights have), ``dense`` or ``N:M`` (imposed).
    prune: what of a transformer an imposed pattern is for, one of `PRUNES`.
    kernels: a set of kernels (``best``: all, ``paper``: the published ones) or a comma-separated
        list of kernels and their families, used wherever one of them can compute the layer.
    asm: ``pulp`` (mnemonics) or ``stock`` (``.insn`` outside RV32IM).
    """

    target: str = "vega"
    target_text: str = ""
    features: tuple[str, ...] = ()
    cores: int | None = None
    l1: int | None = None
    l3: int | None = None
    sparsity: str = "keep"
    prune: str = PRUNES[0]
    kernels: str = "best"
    asm: str = "pulp"

    def __post_init__(self) -> None:
        for feature in self.features:
            if feature not in FEATURES:
                raise NmcError(
                    f"feature '{feature}' is unknown; {did_you_mean(feature, ['none', *FEATURES])}"
                )
        if self.cores is not None and not MIN_CORES <= self.cores <= MAX_CORES:
            raise NmcError(
                f"cores = {self.cores} is out of range; choose {MIN_CORES} to {MAX_CORES}"
            )
        for memory, size in (("l1", self.l1), ("l3", self.l3)):
            if size is not None and size <= 0:
                raise NmcError(f"{memory} = {size} bytes is not positive; give a size in bytes")
        if self.sparsity not in ("keep", "dense") and not re.fullmatch(
            r"1:(4|8|16)", self.sparsity
        ):
            raise NmcError(f"sparsity '{self.sparsity}' is not one of keep, dense, 1:4, 1:8, 1:16")
        if self.prune not in PRUNES:
            raise NmcError(f"prune '{self.prune}' is not one of {', '.join(PRUNES)}")
        if self.asm not in ASSEMBLY_STYLES:
            raise NmcError(f"assembly style '{self.asm}' is unknown; choose from pulp, stock")

    @staticmethod
    def parse_features(text: str) -> tuple[str, ...]:
        """The features in a comma-separated list; ``none`` and the empty text are no feature."""
        words = [word.strip() for word in text.split(",")]
        return tuple(sorted({word for word in words if word not in ("", "none")}))

    def with_target(self, name_or_path: str) -> Self:
        """The same with another target; a path to a file brings the file's text along.

        Raises `NmcError` when it is neither a shipped name nor a description that can be read.
        """
        text, source = target_text(name_or_path)
        if source in target_names():
            return replace(self, target=source, target_text="")
        parse_target(text, source)  # errors name the file here, and a text without a name later
        return replace(self, target=Path(source).stem, target_text=text)

    @classmethod
    def of_module(cls, module: ModuleOp) -> Self:
        """The options a module carries; what it does not say has its default."""
        attributes = module.attributes
        return cls(
            target=_string(attributes, "nmc.target", cls.target),
            target_text=_string(attributes, "nmc.target_text", ""),
            features=_strings(attributes, "nmc.features"),
            cores=_integer(attributes, "nmc.cores"),
            l1=_integer(attributes, "nmc.l1"),
            l3=_integer(attributes, "nmc.l3"),
            sparsity=_string(attributes, "nmc.sparsity", cls.sparsity),
            prune=_string(attributes, "nmc.prune", cls.prune),
            kernels=_string(attributes, "nmc.kernels", cls.kernels),
            asm=_string(attributes, "nmc.asm", cls.asm),
        )

    def attach(self, module: ModuleOp) -> None:
        """Record these options as the attributes of `module`, replacing those it had."""
        wanted: dict[str, Attribute | None] = {
            "nmc.target": StringAttr(self.target),
            "nmc.target_text": StringAttr(self.target_text) if self.target_text else None,
            "nmc.features": ArrayAttr([StringAttr(feature) for feature in self.features]),
            "nmc.cores": None if self.cores is None else IntegerAttr(self.cores, i64),
            "nmc.l1": None if self.l1 is None else IntegerAttr(self.l1, i64),
            "nmc.l3": None if self.l3 is None else IntegerAttr(self.l3, i64),
            "nmc.sparsity": StringAttr(self.sparsity),
            "nmc.prune": None if self.prune == PRUNES[0] else StringAttr(self.prune),
            "nmc.kernels": None if self.kernels == "best" else StringAttr(self.kernels),
            "nmc.asm": StringAttr(self.asm),
        }
        for name, attribute in wanted.items():
            if attribute is None:
                module.attributes.pop(name, None)
            else:
                module.attributes[name] = attribute


def _refuse(name: str, attribute: Attribute, wanted: str) -> NmcError:
    return NmcError(f"module attribute '{name}' is {attribute}; it must be {wanted}")


def _string(attributes: dict[str, Attribute], name: str, default: str) -> str:
    attribute = attributes.get(name)
    if attribute is None:
        return default
    if not isinstance(attribute, StringAttr):
        raise _refuse(name, attribute, "a string")
    return attribute.data


def _strings(attributes: dict[str, Attribute], name: str) -> tuple[str, ...]:
    attribute = attributes.get(name)
    if attribute is None:
        return ()
    if not isa(attribute, ArrayAttr[StringAttr]):
        raise _refuse(name, attribute, "an array of strings")
    return tuple(element.data for element in attribute)


def _integer(attributes: dict[str, Attribute], name: str) -> int | None:
    attribute = attributes.get(name)
    if attribute is None:
        return None
    if not isinstance(attribute, IntegerAttr):
        raise _refuse(name, attribute, "an integer")
    return attribute.value.data
