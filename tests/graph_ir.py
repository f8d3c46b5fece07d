"""Modules of the graph level for tests: from text, with passes run over them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.transforms.canonicalize import CanonicalizePass

from nmc.dialects import get_all_dialects
from nmc.dialects.constants import dtype_of
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.passes.fold_qdq import FoldQdqPass
from nmc.passes.fuse_compounds import FuseCompoundsPass
from nmc.passes.to_channels_last import ToChannelsLastPass
from nmc.reference.graph_interpreter import main_function


def new_context() -> Context:
    """A context that knows every dialect."""
    context = Context()
    for name, factory in get_all_dialects().items():
        context.register_dialect(name, factory)
    return context


def parse(text: str) -> ModuleOp:
    """A verified module from text."""
    module = Parser(new_context(), text).parse_module()
    module.verify()
    return module


def run_passes(module: ModuleOp, passes: Sequence[ModulePass]) -> ModuleOp:
    """A verified copy of `module` after `passes`."""
    copy = module.clone()
    for step in passes:
        step.apply(new_context(), copy)
        copy.verify()
    return copy


INTEGER: tuple[ModulePass, ...] = (
    FuseCompoundsPass(),
    FoldQdqPass(),
    CanonicalizePass(),
    ToChannelsLastPass(),
    CanonicalizePass(),
)
"""The passes that make the integer stage of an imported module."""


def random_inputs(module: ModuleOp, seed: int = 0) -> list[npt.NDArray[Any]]:
    """Uniform integers for every argument of @main."""
    rng = np.random.default_rng(seed)
    inputs: list[npt.NDArray[Any]] = []
    for argument in main_function(module).body.block.args:
        dtype = dtype_of(tensor_type(argument).element_type)
        limits, shape = np.iinfo(dtype), shape_of(argument)
        inputs.append(rng.integers(limits.min, limits.max + 1, shape).astype(dtype))
    return inputs
