"""Networks of one operation at the integer level, compiled from there for the cluster."""

from collections.abc import Callable

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, StringAttr, i64
from xdsl.ir import SSAValue

from nmc.api import compile_module
from nmc.pipelines.context import make_context
from nmc.pipelines.stages import STAGE_ATTRIBUTE
from nmc.program import Program
from nmc.reference.graph_interpreter import main_function
from tests.schedule.networks import Network

Layer = Callable[[Network], SSAValue]


def compile_layer(
    layer: Layer,
    shape: tuple[int, ...],
    *,
    unsigned: bool = False,
    cores: int = 8,
    l1: int = 131072,
    seed: int = 0,
) -> Program:
    """The program of what `layer` appends to an input of this shape."""
    network = Network(shape, unsigned=unsigned, seed=seed)
    module = network.module(layer(network), cores=IntegerAttr(cores, i64), l1=IntegerAttr(l1, i64))
    main = main_function(module)
    for kind, name in (("arg_attrs", "x"), ("res_attrs", "y")):
        main.properties[kind] = ArrayAttr([DictionaryAttr({"nmc.name": StringAttr(name)})])
    module.attributes[STAGE_ATTRIBUTE] = StringAttr("integer")
    return compile_module(make_context(), module, "layer")
