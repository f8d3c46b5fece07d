"""The border of @main: its real inputs and outputs become integers, with scales as attributes."""

from typing import Any, cast

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    FunctionType,
    StringAttr,
    f32,
)
from xdsl.ir import Attribute, BlockArgument
from xdsl.rewriter import Rewriter

from nmc.dialects import qnn
from nmc.dialects.qnn.common import int_attr

MODEL_DTYPE = "nmc.model_dtype"


def move_boundary(main: func.FuncOp) -> None:
    """Take the quantise off every real argument and the dequantise off every real result.

    An argument all of whose readers are one quantisation becomes the integer tensor; a returned
    `dequantize(y)` becomes `y`. Scale, zero-point and the model's own type go to the argument's
    or result's attributes, which the host reads.
    """
    args = _dictionaries(main.arg_attrs, len(main.function_type.inputs))
    results = _dictionaries(main.res_attrs, len(main.function_type.outputs))
    for i, argument in enumerate(main.body.block.args):
        op = _only_quantize(argument)
        if op is not None:
            args[i] = _described(args[i], op)
            _retype(argument, op)
    for op in main.body.block.ops:
        if isinstance(op, func.ReturnOp):
            _strip_results(op, results)
            outputs = [value.type for value in op.operands]
            inputs = [a.type for a in main.body.block.args]
            main.function_type = FunctionType.from_lists(inputs, outputs)
    main.arg_attrs = ArrayAttr([DictionaryAttr(d) for d in args])
    main.res_attrs = ArrayAttr([DictionaryAttr(d) for d in results])


def _dictionaries(attributes: Any, count: int) -> list[dict[str, Attribute]]:
    if attributes is None:
        return [{} for _ in range(count)]
    return [dict(cast(DictionaryAttr, d).data) for d in attributes.data]


def _described(
    attributes: dict[str, Attribute], op: qnn.QuantizeOp | qnn.DequantizeOp
) -> dict[str, Attribute]:
    return {
        MODEL_DTYPE: StringAttr("float32"),
        **attributes,
        "nmc.scale": FloatAttr(float(op.scale.get_values()[0]), f32),
        "nmc.zero_point": int_attr(op.zero_point.get_values()[0]),
    }


def _only_quantize(argument: BlockArgument) -> qnn.QuantizeOp | None:
    """The quantise that every reader of an argument is (a copy of), or None."""
    readers = [use.operation for use in argument.uses]
    found: qnn.QuantizeOp | None = None
    for reader in readers:
        if not isinstance(reader, qnn.QuantizeOp) or reader.axis is not None:
            return None
        # A folded Relu (bounds) would change what the host hands over.
        if reader.lo is not None or reader.hi is not None:
            return None
        found = found or reader
        same = (found.scale, found.zero_point, found.result.type)
        if (reader.scale, reader.zero_point, reader.result.type) != same:
            return None
    return found


def _retype(argument: BlockArgument, op: qnn.QuantizeOp) -> None:
    readers = [use.operation for use in argument.uses]
    Rewriter.replace_value_with_new_type(argument, op.result.type)
    for reader in readers:
        reader.results[0].replace_all_uses_with(reader.operands[0])
        reader.detach()
        reader.erase()


def _strip_results(op: func.ReturnOp, results: list[dict[str, Attribute]]) -> None:
    for i, value in enumerate(op.operands):
        real = value.owner
        if isinstance(real, qnn.DequantizeOp) and real.axis is None:
            results[i] = _described(results[i], real)
            op.operands[i] = real.input
