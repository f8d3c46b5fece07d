"""Dot products of four bytes or two halfwords, plain and accumulating.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRsRs, RdRsRsAcc


@irdl_op_definition
class PvDotupHOp(RdRsRs):
    """`rd = sum(H(rs1,i) * H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.dotup.h"


@irdl_op_definition
class PvDotupScHOp(RdRsRs):
    """`rd = sum(H(rs1,i) * H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.dotup.sc.h"


@irdl_op_definition
class PvDotupBOp(RdRsRs):
    """`rd = sum(B(rs1,i) * B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.dotup.b"


@irdl_op_definition
class PvDotupScBOp(RdRsRs):
    """`rd = sum(B(rs1,i) * B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.dotup.sc.b"


@irdl_op_definition
class PvDotuspHOp(RdRsRs):
    """`rd = sum(H(rs1,i) * Hs(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.dotusp.h"


@irdl_op_definition
class PvDotuspScHOp(RdRsRs):
    """`rd = sum(H(rs1,i) * Hs(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.dotusp.sc.h"


@irdl_op_definition
class PvDotuspBOp(RdRsRs):
    """`rd = sum(B(rs1,i) * Bs(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.dotusp.b"


@irdl_op_definition
class PvDotuspScBOp(RdRsRs):
    """`rd = sum(B(rs1,i) * Bs(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.dotusp.sc.b"


@irdl_op_definition
class PvDotspHOp(RdRsRs):
    """`rd = sum(Hs(rs1,i) * Hs(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.dotsp.h"


@irdl_op_definition
class PvDotspScHOp(RdRsRs):
    """`rd = sum(Hs(rs1,i) * Hs(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.dotsp.sc.h"


@irdl_op_definition
class PvDotspBOp(RdRsRs):
    """`rd = sum(Bs(rs1,i) * Bs(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.dotsp.b"


@irdl_op_definition
class PvDotspScBOp(RdRsRs):
    """`rd = sum(Bs(rs1,i) * Bs(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.dotsp.sc.b"


@irdl_op_definition
class PvSdotupHOp(RdRsRsAcc):
    """`rd = rd + sum(H(rs1,i) * H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.sdotup.h"


@irdl_op_definition
class PvSdotupScHOp(RdRsRsAcc):
    """`rd = rd + sum(H(rs1,i) * H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.sdotup.sc.h"


@irdl_op_definition
class PvSdotupBOp(RdRsRsAcc):
    """`rd = rd + sum(B(rs1,i) * B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.sdotup.b"


@irdl_op_definition
class PvSdotupScBOp(RdRsRsAcc):
    """`rd = rd + sum(B(rs1,i) * B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.sdotup.sc.b"


@irdl_op_definition
class PvSdotuspHOp(RdRsRsAcc):
    """`rd = rd + sum(H(rs1,i) * Hs(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.sdotusp.h"


@irdl_op_definition
class PvSdotuspScHOp(RdRsRsAcc):
    """`rd = rd + sum(H(rs1,i) * Hs(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.sdotusp.sc.h"


@irdl_op_definition
class PvSdotuspBOp(RdRsRsAcc):
    """`rd = rd + sum(B(rs1,i) * Bs(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.sdotusp.b"


@irdl_op_definition
class PvSdotuspScBOp(RdRsRsAcc):
    """`rd = rd + sum(B(rs1,i) * Bs(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.sdotusp.sc.b"


@irdl_op_definition
class PvSdotspHOp(RdRsRsAcc):
    """`rd = rd + sum(Hs(rs1,i) * Hs(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.sdotsp.h"


@irdl_op_definition
class PvSdotspScHOp(RdRsRsAcc):
    """`rd = rd + sum(Hs(rs1,i) * Hs(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.sdotsp.sc.h"


@irdl_op_definition
class PvSdotspBOp(RdRsRsAcc):
    """`rd = rd + sum(Bs(rs1,i) * Bs(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.sdotsp.b"


@irdl_op_definition
class PvSdotspScBOp(RdRsRsAcc):
    """`rd = rd + sum(Bs(rs1,i) * Bs(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.sdotsp.sc.b"


OPERATIONS = (
    PvDotupHOp,
    PvDotupScHOp,
    PvDotupBOp,
    PvDotupScBOp,
    PvDotuspHOp,
    PvDotuspScHOp,
    PvDotuspBOp,
    PvDotuspScBOp,
    PvDotspHOp,
    PvDotspScHOp,
    PvDotspBOp,
    PvDotspScBOp,
    PvSdotupHOp,
    PvSdotupScHOp,
    PvSdotupBOp,
    PvSdotupScBOp,
    PvSdotuspHOp,
    PvSdotuspScHOp,
    PvSdotuspBOp,
    PvSdotuspScBOp,
    PvSdotspHOp,
    PvSdotspScHOp,
    PvSdotspBOp,
    PvSdotspScBOp,
)
