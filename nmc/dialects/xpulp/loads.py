"""Loads of XpulpV2: post-increment and register offsets, and the load that waits for an event.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .memory_formats import LoadImm, LoadPost, LoadPostReg, LoadReg


@irdl_op_definition
class PLbPostOp(LoadPost):
    """`a = rs1; rs1 = a + imm; rd = sx(M8(a), 8)`."""

    name = "xpulp.p.lb.post"


@irdl_op_definition
class PLbPostRegOp(LoadPostReg):
    """`a = rs1; rs1 = a + rs2; rd = sx(M8(a), 8)`."""

    name = "xpulp.p.lb.post_reg"


@irdl_op_definition
class PLbRegOp(LoadReg):
    """`rd = sx(M8(rs1 + rs2), 8)`."""

    name = "xpulp.p.lb.reg"


@irdl_op_definition
class PLbuPostOp(LoadPost):
    """`a = rs1; rs1 = a + imm; rd = M8(a)`."""

    name = "xpulp.p.lbu.post"


@irdl_op_definition
class PLbuPostRegOp(LoadPostReg):
    """`a = rs1; rs1 = a + rs2; rd = M8(a)`."""

    name = "xpulp.p.lbu.post_reg"


@irdl_op_definition
class PLbuRegOp(LoadReg):
    """`rd = M8(rs1 + rs2)`."""

    name = "xpulp.p.lbu.reg"


@irdl_op_definition
class PLhPostOp(LoadPost):
    """`a = rs1; rs1 = a + imm; rd = sx(M16(a), 16)`."""

    name = "xpulp.p.lh.post"


@irdl_op_definition
class PLhPostRegOp(LoadPostReg):
    """`a = rs1; rs1 = a + rs2; rd = sx(M16(a), 16)`."""

    name = "xpulp.p.lh.post_reg"


@irdl_op_definition
class PLhRegOp(LoadReg):
    """`rd = sx(M16(rs1 + rs2), 16)`."""

    name = "xpulp.p.lh.reg"


@irdl_op_definition
class PLhuPostOp(LoadPost):
    """`a = rs1; rs1 = a + imm; rd = M16(a)`."""

    name = "xpulp.p.lhu.post"


@irdl_op_definition
class PLhuPostRegOp(LoadPostReg):
    """`a = rs1; rs1 = a + rs2; rd = M16(a)`."""

    name = "xpulp.p.lhu.post_reg"


@irdl_op_definition
class PLhuRegOp(LoadReg):
    """`rd = M16(rs1 + rs2)`."""

    name = "xpulp.p.lhu.reg"


@irdl_op_definition
class PLwPostOp(LoadPost):
    """`a = rs1; rs1 = a + imm; rd = M32(a)`."""

    name = "xpulp.p.lw.post"


@irdl_op_definition
class PLwPostRegOp(LoadPostReg):
    """`a = rs1; rs1 = a + rs2; rd = M32(a)`."""

    name = "xpulp.p.lw.post_reg"


@irdl_op_definition
class PLwRegOp(LoadReg):
    """`rd = M32(rs1 + rs2)`."""

    name = "xpulp.p.lw.reg"


@irdl_op_definition
class PElwOp(LoadImm):
    """`rd = M32(rs1 + imm)`."""

    name = "xpulp.p.elw"


OPERATIONS = (
    PLbPostOp,
    PLbPostRegOp,
    PLbRegOp,
    PLbuPostOp,
    PLbuPostRegOp,
    PLbuRegOp,
    PLhPostOp,
    PLhPostRegOp,
    PLhRegOp,
    PLhuPostOp,
    PLhuPostRegOp,
    PLhuRegOp,
    PLwPostOp,
    PLwPostRegOp,
    PLwRegOp,
    PElwOp,
)
