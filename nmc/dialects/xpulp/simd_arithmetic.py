"""Lane-wise arithmetic on four bytes or two halfwords.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRs, RdRsRs, RdRsSigned6, RdRsUnsigned6


@irdl_op_definition
class PvAddHOp(RdRsRs):
    """`rd = v16(H(rs1,i) + H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.add.h"


@irdl_op_definition
class PvAddScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) + H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.add.sc.h"


@irdl_op_definition
class PvAddSciHOp(RdRsSigned6):
    """`rd = v16(H(rs1,i) + zx(imm,16) for i in range(2))`."""

    name = "xpulp.pv.add.sci.h"


@irdl_op_definition
class PvAddBOp(RdRsRs):
    """`rd = v8(B(rs1,i) + B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.add.b"


@irdl_op_definition
class PvAddScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) + B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.add.sc.b"


@irdl_op_definition
class PvAddSciBOp(RdRsSigned6):
    """`rd = v8(B(rs1,i) + zx(imm,8) for i in range(4))`."""

    name = "xpulp.pv.add.sci.b"


@irdl_op_definition
class PvSubHOp(RdRsRs):
    """`rd = v16(H(rs1,i) - H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.sub.h"


@irdl_op_definition
class PvSubScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) - H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.sub.sc.h"


@irdl_op_definition
class PvSubSciHOp(RdRsSigned6):
    """`rd = v16(H(rs1,i) - zx(imm,16) for i in range(2))`."""

    name = "xpulp.pv.sub.sci.h"


@irdl_op_definition
class PvSubBOp(RdRsRs):
    """`rd = v8(B(rs1,i) - B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.sub.b"


@irdl_op_definition
class PvSubScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) - B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.sub.sc.b"


@irdl_op_definition
class PvSubSciBOp(RdRsSigned6):
    """`rd = v8(B(rs1,i) - zx(imm,8) for i in range(4))`."""

    name = "xpulp.pv.sub.sci.b"


@irdl_op_definition
class PvMinHOp(RdRsRs):
    """`rd = v16(min(Hs(rs1,i), Hs(rs2,i)) for i in range(2))`."""

    name = "xpulp.pv.min.h"


@irdl_op_definition
class PvMinScHOp(RdRsRs):
    """`rd = v16(min(Hs(rs1,i), Hs(rs2,0)) for i in range(2))`."""

    name = "xpulp.pv.min.sc.h"


@irdl_op_definition
class PvMinSciHOp(RdRsSigned6):
    """`rd = v16(min(Hs(rs1,i), imm) for i in range(2))`."""

    name = "xpulp.pv.min.sci.h"


@irdl_op_definition
class PvMinBOp(RdRsRs):
    """`rd = v8(min(Bs(rs1,i), Bs(rs2,i)) for i in range(4))`."""

    name = "xpulp.pv.min.b"


@irdl_op_definition
class PvMinScBOp(RdRsRs):
    """`rd = v8(min(Bs(rs1,i), Bs(rs2,0)) for i in range(4))`."""

    name = "xpulp.pv.min.sc.b"


@irdl_op_definition
class PvMinSciBOp(RdRsSigned6):
    """`rd = v8(min(Bs(rs1,i), imm) for i in range(4))`."""

    name = "xpulp.pv.min.sci.b"


@irdl_op_definition
class PvMinuHOp(RdRsRs):
    """`rd = v16(min(H(rs1,i), H(rs2,i)) for i in range(2))`."""

    name = "xpulp.pv.minu.h"


@irdl_op_definition
class PvMinuScHOp(RdRsRs):
    """`rd = v16(min(H(rs1,i), H(rs2,0)) for i in range(2))`."""

    name = "xpulp.pv.minu.sc.h"


@irdl_op_definition
class PvMinuSciHOp(RdRsUnsigned6):
    """`rd = v16(min(H(rs1,i), imm) for i in range(2))`."""

    name = "xpulp.pv.minu.sci.h"


@irdl_op_definition
class PvMinuBOp(RdRsRs):
    """`rd = v8(min(B(rs1,i), B(rs2,i)) for i in range(4))`."""

    name = "xpulp.pv.minu.b"


@irdl_op_definition
class PvMinuScBOp(RdRsRs):
    """`rd = v8(min(B(rs1,i), B(rs2,0)) for i in range(4))`."""

    name = "xpulp.pv.minu.sc.b"


@irdl_op_definition
class PvMinuSciBOp(RdRsUnsigned6):
    """`rd = v8(min(B(rs1,i), imm) for i in range(4))`."""

    name = "xpulp.pv.minu.sci.b"


@irdl_op_definition
class PvMaxHOp(RdRsRs):
    """`rd = v16(max(Hs(rs1,i), Hs(rs2,i)) for i in range(2))`."""

    name = "xpulp.pv.max.h"


@irdl_op_definition
class PvMaxScHOp(RdRsRs):
    """`rd = v16(max(Hs(rs1,i), Hs(rs2,0)) for i in range(2))`."""

    name = "xpulp.pv.max.sc.h"


@irdl_op_definition
class PvMaxSciHOp(RdRsSigned6):
    """`rd = v16(max(Hs(rs1,i), imm) for i in range(2))`."""

    name = "xpulp.pv.max.sci.h"


@irdl_op_definition
class PvMaxBOp(RdRsRs):
    """`rd = v8(max(Bs(rs1,i), Bs(rs2,i)) for i in range(4))`."""

    name = "xpulp.pv.max.b"


@irdl_op_definition
class PvMaxScBOp(RdRsRs):
    """`rd = v8(max(Bs(rs1,i), Bs(rs2,0)) for i in range(4))`."""

    name = "xpulp.pv.max.sc.b"


@irdl_op_definition
class PvMaxSciBOp(RdRsSigned6):
    """`rd = v8(max(Bs(rs1,i), imm) for i in range(4))`."""

    name = "xpulp.pv.max.sci.b"


@irdl_op_definition
class PvMaxuHOp(RdRsRs):
    """`rd = v16(max(H(rs1,i), H(rs2,i)) for i in range(2))`."""

    name = "xpulp.pv.maxu.h"


@irdl_op_definition
class PvMaxuScHOp(RdRsRs):
    """`rd = v16(max(H(rs1,i), H(rs2,0)) for i in range(2))`."""

    name = "xpulp.pv.maxu.sc.h"


@irdl_op_definition
class PvMaxuSciHOp(RdRsUnsigned6):
    """`rd = v16(max(H(rs1,i), imm) for i in range(2))`."""

    name = "xpulp.pv.maxu.sci.h"


@irdl_op_definition
class PvMaxuBOp(RdRsRs):
    """`rd = v8(max(B(rs1,i), B(rs2,i)) for i in range(4))`."""

    name = "xpulp.pv.maxu.b"


@irdl_op_definition
class PvMaxuScBOp(RdRsRs):
    """`rd = v8(max(B(rs1,i), B(rs2,0)) for i in range(4))`."""

    name = "xpulp.pv.maxu.sc.b"


@irdl_op_definition
class PvMaxuSciBOp(RdRsUnsigned6):
    """`rd = v8(max(B(rs1,i), imm) for i in range(4))`."""

    name = "xpulp.pv.maxu.sci.b"


@irdl_op_definition
class PvAbsHOp(RdRs):
    """`rd = v16(abs(Hs(rs1,i)) for i in range(2))`."""

    name = "xpulp.pv.abs.h"


@irdl_op_definition
class PvAbsBOp(RdRs):
    """`rd = v8(abs(Bs(rs1,i)) for i in range(4))`."""

    name = "xpulp.pv.abs.b"


OPERATIONS = (
    PvAddHOp,
    PvAddScHOp,
    PvAddSciHOp,
    PvAddBOp,
    PvAddScBOp,
    PvAddSciBOp,
    PvSubHOp,
    PvSubScHOp,
    PvSubSciHOp,
    PvSubBOp,
    PvSubScBOp,
    PvSubSciBOp,
    PvMinHOp,
    PvMinScHOp,
    PvMinSciHOp,
    PvMinBOp,
    PvMinScBOp,
    PvMinSciBOp,
    PvMinuHOp,
    PvMinuScHOp,
    PvMinuSciHOp,
    PvMinuBOp,
    PvMinuScBOp,
    PvMinuSciBOp,
    PvMaxHOp,
    PvMaxScHOp,
    PvMaxSciHOp,
    PvMaxBOp,
    PvMaxScBOp,
    PvMaxSciBOp,
    PvMaxuHOp,
    PvMaxuScHOp,
    PvMaxuSciHOp,
    PvMaxuBOp,
    PvMaxuScBOp,
    PvMaxuSciBOp,
    PvAbsHOp,
    PvAbsBOp,
)
