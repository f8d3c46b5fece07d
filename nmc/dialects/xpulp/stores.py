"""Stores of XpulpV2: post-increment and register offsets.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .memory_formats import StorePost, StorePostReg, StoreReg


@irdl_op_definition
class PSbPostOp(StorePost):
    """`a = rs1; M8[a] = rs2; rs1 = a + imm`."""

    name = "xpulp.p.sb.post"


@irdl_op_definition
class PSbPostRegOp(StorePostReg):
    """`a = rs1; M8[a] = rs2; rs1 = a + rs3`."""

    name = "xpulp.p.sb.post_reg"


@irdl_op_definition
class PSbRegOp(StoreReg):
    """`M8[rs1 + rs3] = rs2`."""

    name = "xpulp.p.sb.reg"


@irdl_op_definition
class PShPostOp(StorePost):
    """`a = rs1; M16[a] = rs2; rs1 = a + imm`."""

    name = "xpulp.p.sh.post"


@irdl_op_definition
class PShPostRegOp(StorePostReg):
    """`a = rs1; M16[a] = rs2; rs1 = a + rs3`."""

    name = "xpulp.p.sh.post_reg"


@irdl_op_definition
class PShRegOp(StoreReg):
    """`M16[rs1 + rs3] = rs2`."""

    name = "xpulp.p.sh.reg"


@irdl_op_definition
class PSwPostOp(StorePost):
    """`a = rs1; M32[a] = rs2; rs1 = a + imm`."""

    name = "xpulp.p.sw.post"


@irdl_op_definition
class PSwPostRegOp(StorePostReg):
    """`a = rs1; M32[a] = rs2; rs1 = a + rs3`."""

    name = "xpulp.p.sw.post_reg"


@irdl_op_definition
class PSwRegOp(StoreReg):
    """`M32[rs1 + rs3] = rs2`."""

    name = "xpulp.p.sw.reg"


OPERATIONS = (
    PSbPostOp,
    PSbPostRegOp,
    PSbRegOp,
    PShPostOp,
    PShPostRegOp,
    PShRegOp,
    PSwPostOp,
    PSwPostRegOp,
    PSwRegOp,
)
