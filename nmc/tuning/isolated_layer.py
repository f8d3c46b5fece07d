"""One layer of a network as a network of its own."""

from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue

from nmc.backend.planning.plans import Plan
from nmc.dialects import qnn
from nmc.dialects.constants import constant_value


def isolated(layer: qnn.LayerOp, module: ModuleOp, plan: Plan) -> ModuleOp:
    """A module at `module`'s stage, with its options, that computes `layer` alone by `plan`.

        func.func @main(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8> {
          %w = nm.constant ..
          %b = arith.constant ..
          %y = qnn.conv2d "conv1" %x, %w, %b requant <..> {plan = {..}} : ..
          func.return %y : tensor<1x8x8x16xi8>
        }

    Constant operands come along, activations are its arguments.
    """
    activations = [value for value in layer.operands if constant_value(value) is None]
    block = Block(arg_types=[value.type for value in activations])
    values: dict[SSAValue, SSAValue] = dict(zip(activations, block.args, strict=True))
    for value in layer.operands:
        if isinstance(value.owner, Operation) and value not in values:
            block.add_op(value.owner.clone(value_mapper=values))
    alone = layer.clone(value_mapper=values)
    alone.attributes["plan"] = DictionaryAttr(plan.to_attributes())
    block.add_ops([alone, func.ReturnOp(*alone.results)])
    types = ([arg.type for arg in block.args], [result.type for result in alone.results])
    names = [DictionaryAttr({"nmc.name": StringAttr(f"x{i}")}) for i in range(len(activations))]
    outputs = [DictionaryAttr({"nmc.name": StringAttr("y")})]
    main = func.FuncOp(
        "main", types, Region(block), arg_attrs=ArrayAttr(names), res_attrs=ArrayAttr(outputs)
    )
    return ModuleOp([main], dict(module.attributes))
