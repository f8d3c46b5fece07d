"""Write every planned layer as loops over tiles in the scratchpad."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FunctionType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.traits import SymbolTable

from nmc.backend.planning.describe import engine_named, is_unsigned, layer_of, window_work
from nmc.backend.planning.plans import (
    AttentionPlan,
    FlatPlan,
    Plan,
    ProductPlan,
    WindowPlan,
    read_plan,
)
from nmc.backend.planning.work import Layer
from nmc.dialects import cluster, qnn
from nmc.dialects.qnn.common import shape_of
from nmc.errors import NmcError
from nmc.passes.pack_weights import PACKED
from nmc.passes.scheduling.attention_code import AttentionCode
from nmc.passes.scheduling.code import Code
from nmc.passes.scheduling.flat_code import elementwise, lookup
from nmc.passes.scheduling.movement_code import Movement
from nmc.passes.scheduling.product_code import product
from nmc.passes.scheduling.row_code import layer_norm, softmax
from nmc.passes.scheduling.window_code import WindowCode


@dataclass(frozen=True)
class TilePass(ModulePass):
    """Turn planned `qnn` layers into `cluster.layer`s: loops, transfers and `tile` operations.

        func.func @main(%x: tensor<1x8x8x4xi8>) -> tensor<1x8x8x16xi8> {
          %w = cluster.packed @conv1.weights : tensor<16x3x3x4xi8>
          ...
          %y = qnn.conv2d "conv1" %x, %w, %b requant <..> {plan = {..}} : ..
          func.return %y : tensor<1x8x8x16xi8>
        }

    becomes

        func.func @main(%x: memref<256xi8, #cluster.space<l2>>)
            -> memref<1024xi8, #cluster.space<l2>> {
          %w = cluster.get_data @conv1.weights : memref<704xi8, #cluster.space<l2>>
          %y = cluster.alloc "conv1" : memref<1024xi8, #cluster.space<l2>>
          cluster.layer @conv1 plan {..} info {..} {
            %x_1 = cluster.alloc "x" : memref<256xi8, #cluster.space<l1>>
            ...
            cluster.copy %x[%c0] to %x_1[%c0] length %c256 : ..
            cluster.groups %c64 by 32 {
            ^0(%first : index, %count : index):
              tile.im2col ..
              tile.contract ..
            }
            cluster.copy %out[%c0] to %y[%c0] length %c1024 : ..
          }
          func.return %y : memref<1024xi8, #cluster.space<l2>>
        }

    One core runs the code, transfers are synchronous. Activations lie in L2, packed as
    [1][H][W][C]; a reshape is the same buffer. The tensor types of arguments and results stay in
    their attribute dictionaries as `nmc.type`. A layer without a plan is refused.
    """

    name = "tile"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in [f for f in op.body.block.ops if isinstance(f, func.FuncOp)]:
            if any(isinstance(o, qnn.LayerOp) for o in function.walk()):
                _tile_function(function)


def _bytes(value: SSAValue) -> int:
    kind = cast(TensorType[Attribute], value.type)
    width = getattr(kind.element_type, "bitwidth", 8)
    return math.prod(kind.get_shape()) * width // 8


def _tile_function(function: func.FuncOp) -> None:
    block = function.body.block
    place: dict[SSAValue, SSAValue] = {}
    _keep_types(function)
    tensors = list(block.args)
    for tensor in tensors:
        kind = cluster.buffer_type(_bytes(tensor), cluster.Space.L2)
        place[tensor] = block.insert_arg(kind, len(block.args))
        place[tensor].name_hint = tensor.name_hint
    for op in list(block.ops):
        match op:
            case cluster.PackedOp():
                place[op.result] = _get_data(op, op.data)
            case qnn.ReshapeOp():
                place[op.result] = _place_of(op.input, place, op.layer_name)
            case qnn.LayerOp():
                place[op.results[0]] = _tile_layer(op, place)
            case func.ReturnOp():
                for index, value in enumerate(op.operands):
                    op.operands[index] = place.get(value, value)
            case _:
                pass
    for op in reversed(list(block.ops)):
        if isinstance(op, qnn.LayerOp | cluster.PackedOp):
            Rewriter.erase_op(op)
    for tensor in tensors:
        block.erase_arg(tensor)
    returned = block.last_op
    if returned is not None:
        inputs = [arg.type for arg in block.args]
        function.properties["function_type"] = FunctionType.from_lists(
            inputs, [value.type for value in returned.operands]
        )


def _keep_types(function: func.FuncOp) -> None:
    """Write the tensor types of arguments and results into their attribute dictionaries."""
    block = function.body.block
    arguments = _with_types(function.arg_attrs, [arg.type for arg in block.args])
    results = _with_types(function.res_attrs, list(function.function_type.outputs.data))
    function.properties["arg_attrs"] = arguments
    function.properties["res_attrs"] = results


def _with_types(
    attributes: ArrayAttr[DictionaryAttr] | None, types: list[Attribute]
) -> ArrayAttr[DictionaryAttr]:
    given: list[dict[str, Attribute]] = [{} for _ in types]
    if attributes is not None:
        given = [dict(entry.data) for entry in attributes]
    return ArrayAttr(
        DictionaryAttr({**entry, "nmc.type": kind})
        for entry, kind in zip(given, types, strict=True)
    )


def _get_data(op: Operation, name: SymbolRefAttr) -> SSAValue:
    data = SymbolTable.lookup_symbol(op, name)
    if not isinstance(data, cluster.DataOp):
        raise NmcError(f"{op.name} {name}: there is no such cluster.data")
    get = cluster.GetDataOp(data.sym_name.data, data.size, data.space.data)
    Rewriter.insert_op(get, InsertPoint.before(op))
    return get.result


def _place_of(value: SSAValue, place: dict[SSAValue, SSAValue], layer: str) -> SSAValue:
    found = place.get(value, value)
    if not cluster.is_buffer_type(found.type):
        raise NmcError(f"layer {layer}: an operand is a constant in no memory; run pack-weights")
    return found


def _tile_layer(op: qnn.LayerOp, place: dict[SSAValue, SSAValue]) -> SSAValue:
    """Write one layer before its operation; the buffer of its result."""
    plan = read_plan(op.attributes.get("plan"), op.layer_name)
    sources = [_place_of(value, place, op.layer_name) for value in op.operands]
    if isinstance(op, qnn.LookupOp | qnn.SoftmaxOp):
        sources.append(_table_of(op, op))
    elif isinstance(op, qnn.AttentionOp):
        sources.append(_table_of(op, op.steps().softmax))
    result = cluster.AllocOp(op.layer_name, _bytes(op.results[0]), cluster.Space.L2)
    layer = cluster.LayerOp(op.layer_name, plan.to_attributes(), info_of(layer_of(op), op))
    Rewriter.insert_op([result, layer], InsertPoint.before(op))
    code = Code(layer.body.block, InsertPoint.before(layer))
    _emit(op, plan, code, sources, result.result)
    return result.result


def _table_of(op: qnn.LayerOp, owner: qnn.LayerOp) -> SSAValue:
    """The packed table of an operation that is the layer or inside it."""
    name = owner.attributes.get(PACKED)
    if not isinstance(name, SymbolRefAttr):
        raise NmcError(f"layer {op.layer_name}: its table is in no memory; run pack-weights")
    return _get_data(op, name)


def _emit(
    op: qnn.LayerOp, plan: Plan, code: Code, sources: list[SSAValue], target: SSAValue
) -> None:
    work = window_work(op)
    if work is not None and isinstance(plan, WindowPlan):
        weights = sources[1] if isinstance(op, qnn.Conv2dOp | qnn.MatmulOp) else None
        addend = sources[3] if work.adds else None
        engine = engine_named(op, plan.kernel)
        seen = work.seen_by(engine)
        WindowCode(op, seen, engine, plan, code, sources[0], weights, addend, target).emit()
    elif isinstance(op, qnn.AddOp | qnn.RequantizeOp) and isinstance(plan, FlatPlan):
        elementwise(op, plan, code, sources, target)
    elif isinstance(op, qnn.LookupOp) and isinstance(plan, FlatPlan):
        lookup(op, plan, code, sources, target)
    elif isinstance(op, qnn.LayerNormOp) and isinstance(plan, FlatPlan):
        layer_norm(op, plan, code, sources, target)
    elif isinstance(op, qnn.SoftmaxOp) and isinstance(plan, FlatPlan):
        softmax(op, plan, code, sources, target)
    elif isinstance(plan, AttentionPlan) and isinstance(op, qnn.AttentionOp):
        AttentionCode(op, plan, code, sources, target).emit()
    elif isinstance(plan, ProductPlan) and isinstance(op, qnn.BatchMatmulOp):
        product(op, plan, code, sources, target)
    elif isinstance(plan, FlatPlan) and isinstance(op, qnn.TransposeOp):
        Movement(plan, code, op.layer_name).transpose(op, sources[0], target)
    elif isinstance(plan, FlatPlan) and isinstance(op, qnn.ConcatOp):
        Movement(plan, code, op.layer_name).concat(op, sources, target)
    elif isinstance(plan, FlatPlan) and isinstance(op, qnn.SliceOp):
        Movement(plan, code, op.layer_name).slice(op, sources[0], target)
    elif isinstance(plan, FlatPlan) and isinstance(op, qnn.PadOp):
        Movement(plan, code, op.layer_name).pad(op, sources[0], target)
    else:
        raise NmcError(f"layer {op.layer_name}: a {plan.kind} plan does not fit {op.name}")


def info_of(layer: Layer, op: qnn.LayerOp) -> dict[str, Attribute]:
    """What reports show of a layer."""
    return {
        "op": StringAttr(layer.op),
        "shape": DenseArrayBase.from_list(i64, shape_of(op.results[0])),
        "dtype": StringAttr("uint8" if is_unsigned(op.results[0]) else "int8"),
        "macs": IntegerAttr(layer.macs, i64),
        "nonzeros": IntegerAttr(layer.nonzeros, i64),
    }
