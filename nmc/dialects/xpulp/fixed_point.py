"""Addition and subtraction with a final shift, truncating or rounding half up.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRsRsAcc, RdRsRsShift


@irdl_op_definition
class PAddNOp(RdRsRsShift):
    """`rd = sx(rs1 + rs2,32) >> Is3`."""

    name = "xpulp.p.addN"


@irdl_op_definition
class PAddNrOp(RdRsRsAcc):
    """`rd = sx(rd + rs1,32) >> (rs2 & 31)`."""

    name = "xpulp.p.addNr"


@irdl_op_definition
class PAddRNOp(RdRsRsShift):
    """`rd = sx(rs1 + rs2 + ((1 << Is3) >> 1),32) >> Is3`."""

    name = "xpulp.p.addRN"


@irdl_op_definition
class PAddRNrOp(RdRsRsAcc):
    """`rd = sx(rd + rs1 + ((1 << (rs2 & 31)) >> 1),32) >> (rs2 & 31)`."""

    name = "xpulp.p.addRNr"


@irdl_op_definition
class PAdduNOp(RdRsRsShift):
    """`rd = zx(rs1 + rs2,32) >> Is3`."""

    name = "xpulp.p.adduN"


@irdl_op_definition
class PAdduNrOp(RdRsRsAcc):
    """`rd = zx(rd + rs1,32) >> (rs2 & 31)`."""

    name = "xpulp.p.adduNr"


@irdl_op_definition
class PAdduRNOp(RdRsRsShift):
    """`rd = zx(rs1 + rs2 + ((1 << Is3) >> 1),32) >> Is3`."""

    name = "xpulp.p.adduRN"


@irdl_op_definition
class PAdduRNrOp(RdRsRsAcc):
    """`rd = zx(rd + rs1 + ((1 << (rs2 & 31)) >> 1),32) >> (rs2 & 31)`."""

    name = "xpulp.p.adduRNr"


@irdl_op_definition
class PSubNOp(RdRsRsShift):
    """`rd = sx(rs1 - rs2,32) >> Is3`."""

    name = "xpulp.p.subN"


@irdl_op_definition
class PSubNrOp(RdRsRsAcc):
    """`rd = sx(rd - rs1,32) >> (rs2 & 31)`."""

    name = "xpulp.p.subNr"


@irdl_op_definition
class PSubRNOp(RdRsRsShift):
    """`rd = sx(rs1 - rs2 + ((1 << Is3) >> 1),32) >> Is3`."""

    name = "xpulp.p.subRN"


@irdl_op_definition
class PSubRNrOp(RdRsRsAcc):
    """`rd = sx(rd - rs1 + ((1 << (rs2 & 31)) >> 1),32) >> (rs2 & 31)`."""

    name = "xpulp.p.subRNr"


@irdl_op_definition
class PSubuNOp(RdRsRsShift):
    """`rd = zx(rs1 - rs2,32) >> Is3`."""

    name = "xpulp.p.subuN"


@irdl_op_definition
class PSubuNrOp(RdRsRsAcc):
    """`rd = zx(rd - rs1,32) >> (rs2 & 31)`."""

    name = "xpulp.p.subuNr"


@irdl_op_definition
class PSubuRNOp(RdRsRsShift):
    """`rd = zx(rs1 - rs2 + ((1 << Is3) >> 1),32) >> Is3`."""

    name = "xpulp.p.subuRN"


@irdl_op_definition
class PSubuRNrOp(RdRsRsAcc):
    """`rd = zx(rd - rs1 + ((1 << (rs2 & 31)) >> 1),32) >> (rs2 & 31)`."""

    name = "xpulp.p.subuRNr"


OPERATIONS = (
    PAddNOp,
    PAddNrOp,
    PAddRNOp,
    PAddRNrOp,
    PAdduNOp,
    PAdduNrOp,
    PAdduRNOp,
    PAdduRNrOp,
    PSubNOp,
    PSubNrOp,
    PSubRNOp,
    PSubRNrOp,
    PSubuNOp,
    PSubuNrOp,
    PSubuRNOp,
    PSubuRNrOp,
)
