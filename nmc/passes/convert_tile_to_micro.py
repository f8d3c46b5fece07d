"""Replace tile operations by calls of kernel functions, and build those functions."""

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import TileOperation
from nmc.passes.tile_to_micro import call_of


class ConvertTileToMicroPass(ModulePass):
    """Replace tile operations by calls of kernel functions, and build those functions.

    Each distinct set of constants makes one function; its name says them. Ranges become pointers
    and counts, so a function starts at the first row, record or byte of its range.

        tile.fill %dst bytes(%lo to %hi) {value = 7} : memref<64xi8, #cluster.space<l1>>, index

    becomes

        %a = cluster.address %dst : memref<64xi8, #cluster.space<l1>>
        %from = arith.index_cast %lo : index to i32
        %to = arith.index_cast %hi : index to i32
        %p = arith.addi %a, %from : i32
        %n = arith.subi %to, %from : i32
        func.call @fill_7(%p, %n) : (i32, i32) -> ()
        ...
        func.func @fill_7(%dst: i32, %count: i32) { ... }
    """

    name = "convert-tile-to-micro"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        built: dict[str, func.FuncOp] = {
            f.sym_name.data: f for f in op.body.block.ops if isinstance(f, func.FuncOp)
        }
        for tile_op in [inner for inner in op.walk() if isinstance(inner, TileOperation)]:
            call = call_of(Emitter(InsertPoint.before(tile_op)), tile_op)
            if call.name not in built:
                built[call.name] = call.build()
                op.body.block.add_op(built[call.name])
            Rewriter.replace_op(tile_op, func.CallOp(SymbolRefAttr(call.name), call.arguments, []))
