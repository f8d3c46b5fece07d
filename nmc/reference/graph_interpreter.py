"""Run a module of the graph level on NumPy arrays. What it computes is the definition of the bits.

It takes any stage whose @main is made of `qnn`, `nm` and constants: after fold-qdq, in either
layout, dense or encoded. Operators on real numbers (`qnn.float`) are refused: fold them first.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, TensorType
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.constants import dtype_of
from nmc.errors import NmcError
from nmc.reference.graph_operations import IMPLEMENTATIONS

Array = npt.NDArray[Any]
Inputs = Mapping[str, Array] | Sequence[Array]


@dataclass(frozen=True)
class Interpretation:
    """Results by output name (in order), and what each layer computed by layer name."""

    outputs: dict[str, Array]
    layers: dict[str, Array]


def interpret(module: ModuleOp, inputs: Inputs, *, keep_layers: bool = True) -> Interpretation:
    """Run @main of `module`.

    inputs: arrays by argument name, or in the order of the arguments, each of exactly the
    argument's shape and dtype. Without `keep_layers` a layer's result is dropped after its last
    use. Raises NmcError for inputs that do not fit and operations without a meaning here.
    """
    main = main_function(module)
    arguments = _arguments(main, inputs)
    values: dict[SSAValue, Array] = dict(zip(main.body.block.args, arguments, strict=True))
    layers: dict[str, Array] = {}
    # How many operands still to come read a value.
    pending = Counter(operand for op in main.body.block.ops for operand in op.operands)
    for op in main.body.block.ops:
        if isinstance(op, func.ReturnOp):
            names = output_names(main)
            outputs = {name: values[value] for name, value in zip(names, op.operands, strict=True)}
            return Interpretation(outputs, layers)
        result = evaluate(op, [values[value] for value in op.operands])
        values[op.results[0]] = result
        if keep_layers and isinstance(op, qnn.LayerOp):
            layers[op.layer_name] = result
        pending.subtract(op.operands)
        for operand in op.operands:
            if pending[operand] == 0:
                values.pop(operand, None)
    raise NmcError("@main does not return; it must end with func.return")


def evaluate(op: Operation, operands: Sequence[Array]) -> Array:
    """The result of one operation. Raises NmcError when it has no meaning at graph level."""
    implementation = IMPLEMENTATIONS.get(type(op))
    if implementation is None:
        layer = f"{op.layer_name}: " if isinstance(op, qnn.LayerOp) else ""
        what = f"{op.op_type.data} on real numbers" if isinstance(op, qnn.FloatOp) else op.name
        raise NmcError(f"{layer}{what} cannot be interpreted at graph level; run fold-qdq first")
    return implementation(op, operands)


def main_function(module: ModuleOp) -> func.FuncOp:
    """@main of a module. Raises NmcError when there is none."""
    for op in module.ops:
        if isinstance(op, func.FuncOp) and op.sym_name.data == "main":
            return op
    raise NmcError("the module has no function @main")


def input_names(main: func.FuncOp) -> list[str]:
    """Names of the arguments: `nmc.name` where given, else arg0, arg1, ..."""
    return list(_names(main.arg_attrs, len(main.function_type.inputs), "arg"))


def output_names(main: func.FuncOp) -> list[str]:
    """Names of the results: `nmc.name` where given, else out0, out1, ..."""
    return list(_names(main.res_attrs, len(main.function_type.outputs), "out"))


def _names(attributes: Any, count: int, prefix: str) -> Iterator[str]:
    for i in range(count):
        name = attributes.data[i].data.get("nmc.name") if attributes is not None else None
        yield name.data if isinstance(name, StringAttr) else f"{prefix}{i}"


def _arguments(main: func.FuncOp, inputs: Inputs) -> list[Array]:
    """The inputs in argument order, checked."""
    names = input_names(main)
    if isinstance(inputs, Mapping):
        unknown = sorted(set(inputs) - set(names))
        missing = [name for name in names if name not in inputs]
        if unknown or missing:
            raise NmcError(
                f"inputs are {', '.join(inputs) or 'none'}; the model takes {', '.join(names)}"
            )
        arrays = [inputs[name] for name in names]
    else:
        arrays = list(inputs)
        if len(arrays) != len(names):
            raise NmcError(f"{len(arrays)} inputs are given; the model takes {len(names)}")
    for name, array, argument in zip(names, arrays, main.body.block.args, strict=True):
        expected = cast(TensorType[Any], argument.type)
        dtype = dtype_of(expected.element_type)
        if array.shape != expected.get_shape() or array.dtype != dtype:
            raise NmcError(
                f"input {name} is {array.dtype.name} of shape {list(array.shape)}; the model takes "
                f"{np.dtype(dtype).name} of shape {list(expected.get_shape())}"
            )
    return arrays
