"""Decide how every layer runs."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import DictionaryAttr, ModuleOp
from xdsl.passes import ModulePass

from nmc.backend.kernels import KernelSet
from nmc.backend.planning.choose import plan_layers
from nmc.backend.planning.clamping import clamped_for
from nmc.backend.planning.plans import read_plan
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.options import Options


@dataclass(frozen=True)
class SelectKernelsPass(ModulePass):
    """Attach a plan to every `qnn` layer: kernel, tiles, order of loops, split over cores.

        %y = qnn.conv2d "conv1" %x, %w, %b requant <..> : ..

    becomes

        %y = qnn.conv2d "conv1" %x, %w, %b requant <..> {plan = {kind = "window",
          kernel = "dense-4x4", reason = "..", double = ["x"], l1_bytes = 92160 : i64, ..,
          order = "weights-rows-groups", tile_rows = 8 : i64, tile_records = 16 : i64,
          group = 32 : i64, private = true, split = array<i64: 8, 1>, row_step = 4 : i64}} : ..

    The cost model chooses for the module's target. A layer that already has a plan keeps it, so a
    plan can be written by hand. A requantisation that saturates narrow accumulators becomes clamped
    where the kernel is faster so; its bits stay. `kernels=A,B` (the module's `nmc.kernels` unless
    given) chooses from these kernels, families of kernels or named sets wherever one is legal.
    Raises NmcError naming the layer and the bytes missing where L1 is too small.
    """

    name = "select-kernels"

    kernels: tuple[str, ...] | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        allowed = KernelSet(self.kernels or Options.of_module(op).kernels.split(","))
        target = resolve_target(op)
        layers = [
            layer
            for layer in op.walk()
            if isinstance(layer, qnn.LayerOp) and not isinstance(layer.parent_op(), qnn.LayerOp)
        ]
        for layer in layers:
            if isinstance(layer, qnn.FloatOp | qnn.QuantizeOp | qnn.DequantizeOp):
                raise NmcError(
                    f"layer {layer.layer_name}: {layer.name} is not an integer operation; "
                    "run fold-qdq first"
                )
        wanted = [layer for layer in layers if "plan" not in layer.attributes]
        for layer, plan in plan_layers(wanted, target, allowed):
            layer.attributes["plan"] = DictionaryAttr(plan.to_attributes())
        for layer in layers:
            if isinstance(layer, qnn.Conv2dOp | qnn.MatmulOp):
                plan = read_plan(layer.attributes["plan"], layer.layer_name)
                requant = clamped_for(layer, plan.kernel)
                if requant is not None:
                    layer.requant = qnn.RequantAttr.from_requant(requant)
