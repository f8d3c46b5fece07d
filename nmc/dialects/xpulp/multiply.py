"""Multiply-accumulate on words and on halves of words.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRsRs, RdRsRsAcc, RdRsRsShift, RdRsRsShiftAcc


@irdl_op_definition
class PMacOp(RdRsRsAcc):
    """`rd = rd + rs1 * rs2`."""

    name = "xpulp.p.mac"


@irdl_op_definition
class PMsuOp(RdRsRsAcc):
    """`rd = rd - rs1 * rs2`."""

    name = "xpulp.p.msu"


@irdl_op_definition
class PMulsOp(RdRsRs):
    """`rd = Hs(rs1,0) * Hs(rs2,0)`."""

    name = "xpulp.p.muls"


@irdl_op_definition
class PMulsNOp(RdRsRsShift):
    """`rd = sx(Hs(rs1,0) * Hs(rs2,0), 32) >> Is3`."""

    name = "xpulp.p.mulsN"


@irdl_op_definition
class PMulsRNOp(RdRsRsShift):
    """`rd = sx(Hs(rs1,0) * Hs(rs2,0) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.mulsRN"


@irdl_op_definition
class PMulhhsOp(RdRsRs):
    """`rd = Hs(rs1,1) * Hs(rs2,1)`."""

    name = "xpulp.p.mulhhs"


@irdl_op_definition
class PMulhhsNOp(RdRsRsShift):
    """`rd = sx(Hs(rs1,1) * Hs(rs2,1), 32) >> Is3`."""

    name = "xpulp.p.mulhhsN"


@irdl_op_definition
class PMulhhsRNOp(RdRsRsShift):
    """`rd = sx(Hs(rs1,1) * Hs(rs2,1) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.mulhhsRN"


@irdl_op_definition
class PMuluOp(RdRsRs):
    """`rd = H(rs1,0) * H(rs2,0)`."""

    name = "xpulp.p.mulu"


@irdl_op_definition
class PMuluNOp(RdRsRsShift):
    """`rd = zx(H(rs1,0) * H(rs2,0), 32) >> Is3`."""

    name = "xpulp.p.muluN"


@irdl_op_definition
class PMuluRNOp(RdRsRsShift):
    """`rd = zx(H(rs1,0) * H(rs2,0) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.muluRN"


@irdl_op_definition
class PMulhhuOp(RdRsRs):
    """`rd = H(rs1,1) * H(rs2,1)`."""

    name = "xpulp.p.mulhhu"


@irdl_op_definition
class PMulhhuNOp(RdRsRsShift):
    """`rd = zx(H(rs1,1) * H(rs2,1), 32) >> Is3`."""

    name = "xpulp.p.mulhhuN"


@irdl_op_definition
class PMulhhuRNOp(RdRsRsShift):
    """`rd = zx(H(rs1,1) * H(rs2,1) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.mulhhuRN"


@irdl_op_definition
class PMacsOp(RdRsRsAcc):
    """`rd = rd + Hs(rs1,0) * Hs(rs2,0)`."""

    name = "xpulp.p.macs"


@irdl_op_definition
class PMacsNOp(RdRsRsShiftAcc):
    """`rd = sx(rd + Hs(rs1,0) * Hs(rs2,0), 32) >> Is3`."""

    name = "xpulp.p.macsN"


@irdl_op_definition
class PMacsRNOp(RdRsRsShiftAcc):
    """`rd = sx(rd + Hs(rs1,0) * Hs(rs2,0) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.macsRN"


@irdl_op_definition
class PMachhsOp(RdRsRsAcc):
    """`rd = rd + Hs(rs1,1) * Hs(rs2,1)`."""

    name = "xpulp.p.machhs"


@irdl_op_definition
class PMachhsNOp(RdRsRsShiftAcc):
    """`rd = sx(rd + Hs(rs1,1) * Hs(rs2,1), 32) >> Is3`."""

    name = "xpulp.p.machhsN"


@irdl_op_definition
class PMachhsRNOp(RdRsRsShiftAcc):
    """`rd = sx(rd + Hs(rs1,1) * Hs(rs2,1) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.machhsRN"


@irdl_op_definition
class PMacuOp(RdRsRsAcc):
    """`rd = rd + H(rs1,0) * H(rs2,0)`."""

    name = "xpulp.p.macu"


@irdl_op_definition
class PMacuNOp(RdRsRsShiftAcc):
    """`rd = zx(rd + H(rs1,0) * H(rs2,0), 32) >> Is3`."""

    name = "xpulp.p.macuN"


@irdl_op_definition
class PMacuRNOp(RdRsRsShiftAcc):
    """`rd = zx(rd + H(rs1,0) * H(rs2,0) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.macuRN"


@irdl_op_definition
class PMachhuOp(RdRsRsAcc):
    """`rd = rd + H(rs1,1) * H(rs2,1)`."""

    name = "xpulp.p.machhu"


@irdl_op_definition
class PMachhuNOp(RdRsRsShiftAcc):
    """`rd = zx(rd + H(rs1,1) * H(rs2,1), 32) >> Is3`."""

    name = "xpulp.p.machhuN"


@irdl_op_definition
class PMachhuRNOp(RdRsRsShiftAcc):
    """`rd = zx(rd + H(rs1,1) * H(rs2,1) + ((1 << Is3) >> 1), 32) >> Is3`."""

    name = "xpulp.p.machhuRN"


OPERATIONS = (
    PMacOp,
    PMsuOp,
    PMulsOp,
    PMulsNOp,
    PMulsRNOp,
    PMulhhsOp,
    PMulhhsNOp,
    PMulhhsRNOp,
    PMuluOp,
    PMuluNOp,
    PMuluRNOp,
    PMulhhuOp,
    PMulhhuNOp,
    PMulhhuRNOp,
    PMacsOp,
    PMacsNOp,
    PMacsRNOp,
    PMachhsOp,
    PMachhsNOp,
    PMachhsRNOp,
    PMacuOp,
    PMacuNOp,
    PMacuRNOp,
    PMachhuOp,
    PMachhuNOp,
    PMachhuRNOp,
)
