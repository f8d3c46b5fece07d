"""Executing a stage itself: the graph in NumPy, the schedule tile by tile."""

from dataclasses import dataclass

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute
from xdsl.utils.hints import isa

from nmc.dialects.constants import dtype_of
from nmc.errors import NmcError
from nmc.pipelines.attributes import Record, plain_value
from nmc.pipelines.stages import stage_of
from nmc.program.arrays import Tensors
from nmc.program.describe import tensor_info
from nmc.program.tensors import TensorInfo
from nmc.reference.graph_interpreter import interpret
from nmc.reference.schedule_interpreter import interpret_schedule


@dataclass(frozen=True)
class Interpretation:
    """Integer outputs by name and the output of each layer by the layer's name."""

    outputs: Tensors
    layers: Tensors


def interpret_module(module: ModuleOp, inputs: Tensors) -> Interpretation:
    """Execute a module of the graph or the scheduled level on integer inputs.

    Raises `NmcError` for a module below those levels.
    """
    stage = stage_of(module)
    if stage.level == "graph":
        found = interpret(module, inputs)
    elif stage.level == "scheduled":
        found = interpret_schedule(module, inputs)
    else:
        raise NmcError(f"stage '{stage.name}' is not interpreted; it is lowered and simulated")
    return Interpretation(dict(found.outputs), dict(found.layers))


def boundary(module: ModuleOp) -> tuple[tuple[TensorInfo, ...], tuple[TensorInfo, ...]]:
    """Inputs and outputs of a module's @main, whose arguments are still tensors or buffers."""
    for op in module.ops:
        if isinstance(op, FuncOp) and op.sym_name.data == "main":
            kinds = op.function_type
            return (
                _tensors(kinds.inputs.data, op.arg_attrs, "arg"),
                _tensors(kinds.outputs.data, op.res_attrs, "out"),
            )
    raise NmcError("the module has no function @main; give a stage file of nmc compile")


def _tensors(
    types: tuple[Attribute, ...], attributes: ArrayAttr[DictionaryAttr] | None, what: str
) -> tuple[TensorInfo, ...]:
    """The tensors of one side of a function from types and attribute dictionaries."""
    found: list[TensorInfo] = []
    for index, kind in enumerate(types):
        entry = dict(attributes.data[index].data) if attributes is not None else {}
        place = f"{what} {index} of @main"
        tensor = entry.get("nmc.type", kind)
        if not isa(tensor, TensorType[Attribute]):
            raise NmcError(f"{place}: has no tensor type; give a stage file of nmc compile")
        dtype = dtype_of(tensor.get_element_type()).name
        fields = {key.removeprefix("nmc."): plain_value(value) for key, value in entry.items()}
        fields.setdefault("name", f"{what}{index}")
        fields |= {"dtype": dtype, "shape": tensor.get_shape()}
        found.append(tensor_info(Record(fields, place)))
    return tuple(found)
