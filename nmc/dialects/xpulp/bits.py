"""Bit fields and bit counting.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRs, RdRsField, RdRsFieldAcc, RdRsRs, RdRsRsAcc


@irdl_op_definition
class PExtractOp(RdRsField):
    """`w = Is3; p = Is2; rd = (sx(rs1,32) >> p) if w + p >= 31 else sx(rs1 >> p, w + 1)`."""

    name = "xpulp.p.extract"


@irdl_op_definition
class PExtractrOp(RdRsRs):
    """`w = (rs2 >> 5) & 31; p = rs2 & 31; rd = (sx(rs1,32) >> p) if w + p >= 31 else sx(rs1 >> p,
    w + 1)`.
    """

    name = "xpulp.p.extractr"


@irdl_op_definition
class PExtractuOp(RdRsField):
    """`w = Is3; p = Is2; rd = zx(rs1 >> p, w + 1)`."""

    name = "xpulp.p.extractu"


@irdl_op_definition
class PExtracturOp(RdRsRs):
    """`w = (rs2 >> 5) & 31; p = rs2 & 31; rd = zx(rs1 >> p, w + 1)`."""

    name = "xpulp.p.extractur"


@irdl_op_definition
class PInsertOp(RdRsFieldAcc):
    """`w = Is3; p = Is2; m = zx(((2 << w) - 1) << p, 32); rd = (rd & ~m) | ((rs1 << p) & m)`."""

    name = "xpulp.p.insert"


@irdl_op_definition
class PInsertrOp(RdRsRsAcc):
    """`w = (rs2 >> 5) & 31; p = rs2 & 31; m = zx(((2 << w) - 1) << p, 32); rd = (rd & ~m) | ((rs1
    << p) & m)`.
    """

    name = "xpulp.p.insertr"


@irdl_op_definition
class PBclrOp(RdRsField):
    """`w = Is3; p = Is2; rd = rs1 & ~(((2 << w) - 1) << p)`."""

    name = "xpulp.p.bclr"


@irdl_op_definition
class PBclrrOp(RdRsRs):
    """`w = (rs2 >> 5) & 31; p = rs2 & 31; rd = rs1 & ~(((2 << w) - 1) << p)`."""

    name = "xpulp.p.bclrr"


@irdl_op_definition
class PBsetOp(RdRsField):
    """`w = Is3; p = Is2; rd = rs1 | (((2 << w) - 1) << p)`."""

    name = "xpulp.p.bset"


@irdl_op_definition
class PBsetrOp(RdRsRs):
    """`w = (rs2 >> 5) & 31; p = rs2 & 31; rd = rs1 | (((2 << w) - 1) << p)`."""

    name = "xpulp.p.bsetr"


@irdl_op_definition
class PFf1Op(RdRs):
    """`rd = 32 if rs1 == 0 else ctz(rs1)`."""

    name = "xpulp.p.ff1"


@irdl_op_definition
class PFl1Op(RdRs):
    """`rd = 32 if rs1 == 0 else 31 - clz(rs1)`."""

    name = "xpulp.p.fl1"


@irdl_op_definition
class PClbOp(RdRs):
    """`rd = 0 if rs1 == 0 else clz(rs1 ^ (zx(sx(rs1,32) >> 31, 32))) - 1`."""

    name = "xpulp.p.clb"


@irdl_op_definition
class PCntOp(RdRs):
    """`rd = popcount(rs1)`."""

    name = "xpulp.p.cnt"


@irdl_op_definition
class PRorOp(RdRsRs):
    """`rd = (rs1 >> (rs2 & 31)) | (rs1 << (32 - (rs2 & 31)))`."""

    name = "xpulp.p.ror"


OPERATIONS = (
    PExtractOp,
    PExtractrOp,
    PExtractuOp,
    PExtracturOp,
    PInsertOp,
    PInsertrOp,
    PBclrOp,
    PBclrrOp,
    PBsetOp,
    PBsetrOp,
    PFf1Op,
    PFl1Op,
    PClbOp,
    PCntOp,
    PRorOp,
)
