"""Which function calls which operation becomes."""

from collections.abc import Callable
from typing import Any

from xdsl.ir import Operation

from nmc.backend.kernels.emitter import Emitter
from nmc.dialects import tile
from nmc.passes.tile_to_micro.contract import contract_call, depthwise_call, pool_call
from nmc.passes.tile_to_micro.elementwise import (
    add_call,
    fill_call,
    im2col_call,
    interleave_call,
    lookup_call,
    requantize_call,
    transpose_call,
)
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.product import pack_records_call, row_starts_call
from nmc.passes.tile_to_micro.rows import layer_norm_call, softmax_call

CALLS: dict[type[Operation], Callable[[Emitter, Any], KernelCall]] = {
    tile.AddOp: add_call,
    tile.ContractOp: contract_call,
    tile.DepthwiseOp: depthwise_call,
    tile.FillOp: fill_call,
    tile.Im2colOp: im2col_call,
    tile.InterleaveOp: interleave_call,
    tile.LayerNormOp: layer_norm_call,
    tile.LookupOp: lookup_call,
    tile.PackRecordsOp: pack_records_call,
    tile.PoolOp: pool_call,
    tile.RequantizeOp: requantize_call,
    tile.RowStartsOp: row_starts_call,
    tile.SoftmaxOp: softmax_call,
    tile.TransposeOp: transpose_call,
}


def call_of(e: Emitter, op: tile.TileOperation) -> KernelCall:
    """The call that does what `op` does; address arithmetic goes to the emitter's place."""
    return CALLS[type(op)](e, op)
