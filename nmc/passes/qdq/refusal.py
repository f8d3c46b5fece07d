"""What to tell the user about an operator that stayed on real numbers."""

from xdsl.dialects import func

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.errors import NmcError
from nmc.passes.qdq.cores import FOLDERS
from nmc.passes.qdq.operands import RefusalError, as_activation, output_of, real_constant
from nmc.passes.qdq.pooling import pool_geometry
from nmc.passes.qdq.tables import BOUNDS, ELEMENTWISE, table_refusal
from nmc.passes.qdq.upwards import RESHAPES, padding

PASSING = RESHAPES | {"Transpose", "Slice", "MaxPool", "GlobalMaxPool", "Concat", "Pad"}


def refuse_what_is_left(main: func.FuncOp) -> None:
    """Raise NmcError about the first operation of @main that still needs real numbers."""
    for op in main.body.block.ops:
        if isinstance(op, qnn.FloatOp):
            raise NmcError(f"{op.layer_name}: {op.op_type.data} {_reason(op)}")
    for op in main.body.block.ops:
        if isinstance(op, qnn.QuantizeOp | qnn.DequantizeOp):
            what = "quantises" if isinstance(op, qnn.QuantizeOp) else "dequantises"
            raise NmcError(
                f"{op.layer_name}: {what} a tensor the model's border or an operator needs in "
                "another form; give every input and output of the model one scale"
            )


def _reason(node: qnn.FloatOp) -> str:
    """Why one operator cannot be folded, as the rest of a sentence that starts with it."""
    kind = node.op_type.data
    if kind not in FOLDERS and kind not in PASSING and kind not in ELEMENTWISE:
        known = ", ".join(sorted({*FOLDERS, *PASSING, *ELEMENTWISE}))
        return f"is not supported in integers; supported are {known}"
    reader = next((use.operation for use in node.result.uses), None)
    if kind == "ReduceMean" and isinstance(reader, qnn.FloatOp) and reader.op_type.data == "Sub":
        return (
            "is part of a layer normalisation with quantised parts inside; fuse it to one "
            "LayerNormalization, or leave its operators out, before quantising"
        )
    try:
        if isinstance(reader, qnn.QuantizeOp):
            output = output_of(reader)
            if kind in FOLDERS:
                FOLDERS[kind](node, output)
            elif kind in ELEMENTWISE - BOUNDS:
                raise table_refusal(node)
    except RefusalError as refusal:
        return f"cannot be done in integers: {refusal}"
    try:
        if kind == "Pad":
            padding(node)
        if kind == "MaxPool":
            pool_geometry(node)
    except RefusalError as refusal:
        return f"cannot be done in integers: {refusal}"
    for value in node.inputs:
        if as_activation(value) is None and real_constant(value) is None:
            return (
                f"reads a tensor of shape {list(shape_of(value))} that is not quantised with one "
                "scale; quantise it"
            )
    where = (
        f"{reader.layer_name} reads it" if isinstance(reader, qnn.LayerOp) else "it is an output"
    )
    return f"has a result that is not quantised, and {where}; quantise it"
