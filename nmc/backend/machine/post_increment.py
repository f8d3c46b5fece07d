"""The post-increment form of each base load and store."""

from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects.xpulp import loads, stores
from nmc.dialects.xpulp.memory_formats import LoadPost, LoadPostReg, StorePost, StorePostReg

_LOADS: dict[type[Operation], tuple[type[LoadPost], type[LoadPostReg]]] = {
    riscv.LbOp: (loads.PLbPostOp, loads.PLbPostRegOp),
    riscv.LbuOp: (loads.PLbuPostOp, loads.PLbuPostRegOp),
    riscv.LhOp: (loads.PLhPostOp, loads.PLhPostRegOp),
    riscv.LhuOp: (loads.PLhuPostOp, loads.PLhuPostRegOp),
    riscv.LwOp: (loads.PLwPostOp, loads.PLwPostRegOp),
}
_STORES: dict[type[Operation], tuple[type[StorePost], type[StorePostReg]]] = {
    riscv.SbOp: (stores.PSbPostOp, stores.PSbPostRegOp),
    riscv.ShOp: (stores.PShPostOp, stores.PShPostRegOp),
    riscv.SwOp: (stores.PSwPostOp, stores.PSwPostRegOp),
}


def by_constant(access: Operation, amount: int) -> LoadPost | StorePost:
    """The access (offset 0) that also adds `amount` to its pointer."""
    if type(access) in _LOADS:
        return _LOADS[type(access)][0](access.operands[0], amount)
    return _STORES[type(access)][0](access.operands[0], access.operands[1], amount)


def by_register(access: Operation, amount: SSAValue) -> LoadPostReg | StorePostReg:
    """The access (offset 0) that also adds a register to its pointer."""
    if type(access) in _LOADS:
        return _LOADS[type(access)][1](access.operands[0], amount)
    return _STORES[type(access)][1](access.operands[0], access.operands[1], amount)
