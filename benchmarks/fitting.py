"""Whether a Vision Transformer fits a machine: planned as a compilation plans it, or compiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from xdsl.dialects.builtin import ModuleOp

from benchmarks.deepen import deepen
from nmc.backend.asm.attribute_json import attribute_json
from nmc.backend.asm.emission import emit_elf
from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.vit import Vit, build_vit
from nmc.passes.attach_options import AttachOptionsPass
from nmc.pipelines.choices import attach_choices
from nmc.pipelines.context import make_context
from nmc.pipelines.lowering import lower_module


@dataclass(frozen=True)
class Case:
    """A machine with features of its instruction set, and the pattern of all linear layers."""

    target: str
    sparsity: str
    features: str

    @property
    def options(self) -> AttachOptionsPass:
        """What a compilation is given."""
        features = () if self.features == "none" else (self.features,)
        sparsity = "keep" if self.sparsity == "dense" else self.sparsity
        return AttachOptionsPass(
            target=self.target, features=features, sparsity=sparsity, prune="linear"
        )


@dataclass(frozen=True)
class Plan:
    """What a network that fits takes, in bytes. stored: its constants; peaks: by memory."""

    stored: int
    peaks: dict[str, int]


@dataclass(frozen=True)
class Refusal:
    """Why a network does not fit, on one line."""

    reason: str


def parameters(vit: Vit, classes: int = 100) -> int:
    """Weights, biases, gains, and tables of tokens."""
    width, mlp = vit.width, vit.mlp
    patches = 3 * vit.patch**2 * width + width
    attention = 4 * (width * width + width)
    feed_forward = 2 * width * mlp + mlp + width
    block = attention + feed_forward + 4 * width
    head = width * classes + classes
    return patches + (vit.tokens + 1) * width + vit.depth * block + 2 * width + head


class Network:
    """A ViT of one width: built and quantised once, planned for any machine."""

    def __init__(self, vit: Vit):
        """`vit` has a depth of 2 or more: blocks after the second are copies of it."""
        self.vit = vit
        self.integer = import_onnx(build_vit("vit", replace(vit, depth=2), samples=2))
        lower_module(make_context(), self.integer, "integer")

    def plan(self, case: Case, compiled: bool = False) -> Plan | Refusal:
        """Plan kernels, tiles and addresses, and with `compiled` go on to the ELF file."""
        module = self.integer.clone()
        attach_choices(module, case.options)
        try:
            lower_module(make_context(), module, "sparse")
            deepen(module, self.vit.depth)
            lower_module(make_context(), module, "planned")
            if compiled:
                lower_module(make_context(), module)
                emit_elf(module)
        except NmcError as error:
            return Refusal(str(error))
        return plan_of(module)


def plan_of(module: ModuleOp) -> Plan:
    """What a module with addresses takes."""
    stored = [b["bytes"] for b in _entries(module, "nmc.buffers") if b["kind"] == "weights"]
    peaks = {memory["space"]: memory["peak"] for memory in _entries(module, "nmc.memory")}
    return Plan(sum(stored), peaks)


def _entries(module: ModuleOp, name: str) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], attribute_json(module.attributes[name]))


def largest(fits: Callable[[int], bool], guess: int) -> int:
    """The largest number from 1 on that fits, 0 if none does; all below one that fits do.

    Goes from `guess` in steps that double to a number on the other side, then halves the gap.
    """
    low, high, at, step = 0, None, guess, 1
    while high is None or high - low > 1:
        if fits(at):
            low = at
        else:
            high = at
        if high is None:
            at = low + step
        elif low == 0:
            at = max(1, high - step)
        else:
            at = (low + high) // 2
        step *= 2
    return low
