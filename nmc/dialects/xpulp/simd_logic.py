"""Lane-wise shifts and logic on four bytes or two halfwords.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRsRs, RdRsSigned6, RdRsUnsigned6


@irdl_op_definition
class PvSrlHOp(RdRsRs):
    """`rd = v16(H(rs1,i) >> (H(rs2,i) & 15) for i in range(2))`."""

    name = "xpulp.pv.srl.h"


@irdl_op_definition
class PvSrlScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) >> (H(rs2,0) & 15) for i in range(2))`."""

    name = "xpulp.pv.srl.sc.h"


@irdl_op_definition
class PvSrlSciHOp(RdRsUnsigned6):
    """`rd = v16(H(rs1,i) >> (imm & 15) for i in range(2))`."""

    name = "xpulp.pv.srl.sci.h"


@irdl_op_definition
class PvSrlBOp(RdRsRs):
    """`rd = v8(B(rs1,i) >> (B(rs2,i) & 7) for i in range(4))`."""

    name = "xpulp.pv.srl.b"


@irdl_op_definition
class PvSrlScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) >> (B(rs2,0) & 7) for i in range(4))`."""

    name = "xpulp.pv.srl.sc.b"


@irdl_op_definition
class PvSrlSciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1,i) >> (imm & 7) for i in range(4))`."""

    name = "xpulp.pv.srl.sci.b"


@irdl_op_definition
class PvSraHOp(RdRsRs):
    """`rd = v16(Hs(rs1,i) >> (H(rs2,i) & 15) for i in range(2))`."""

    name = "xpulp.pv.sra.h"


@irdl_op_definition
class PvSraScHOp(RdRsRs):
    """`rd = v16(Hs(rs1,i) >> (H(rs2,0) & 15) for i in range(2))`."""

    name = "xpulp.pv.sra.sc.h"


@irdl_op_definition
class PvSraSciHOp(RdRsUnsigned6):
    """`rd = v16(Hs(rs1,i) >> (imm & 15) for i in range(2))`."""

    name = "xpulp.pv.sra.sci.h"


@irdl_op_definition
class PvSraBOp(RdRsRs):
    """`rd = v8(Bs(rs1,i) >> (B(rs2,i) & 7) for i in range(4))`."""

    name = "xpulp.pv.sra.b"


@irdl_op_definition
class PvSraScBOp(RdRsRs):
    """`rd = v8(Bs(rs1,i) >> (B(rs2,0) & 7) for i in range(4))`."""

    name = "xpulp.pv.sra.sc.b"


@irdl_op_definition
class PvSraSciBOp(RdRsUnsigned6):
    """`rd = v8(Bs(rs1,i) >> (imm & 7) for i in range(4))`."""

    name = "xpulp.pv.sra.sci.b"


@irdl_op_definition
class PvSllHOp(RdRsRs):
    """`rd = v16(H(rs1,i) << (H(rs2,i) & 15) for i in range(2))`."""

    name = "xpulp.pv.sll.h"


@irdl_op_definition
class PvSllScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) << (H(rs2,0) & 15) for i in range(2))`."""

    name = "xpulp.pv.sll.sc.h"


@irdl_op_definition
class PvSllSciHOp(RdRsUnsigned6):
    """`rd = v16(H(rs1,i) << (imm & 15) for i in range(2))`."""

    name = "xpulp.pv.sll.sci.h"


@irdl_op_definition
class PvSllBOp(RdRsRs):
    """`rd = v8(B(rs1,i) << (B(rs2,i) & 7) for i in range(4))`."""

    name = "xpulp.pv.sll.b"


@irdl_op_definition
class PvSllScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) << (B(rs2,0) & 7) for i in range(4))`."""

    name = "xpulp.pv.sll.sc.b"


@irdl_op_definition
class PvSllSciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1,i) << (imm & 7) for i in range(4))`."""

    name = "xpulp.pv.sll.sci.b"


@irdl_op_definition
class PvOrHOp(RdRsRs):
    """`rd = v16(H(rs1,i) | H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.or.h"


@irdl_op_definition
class PvOrScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) | H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.or.sc.h"


@irdl_op_definition
class PvOrSciHOp(RdRsSigned6):
    """`rd = v16(H(rs1,i) | zx(imm,16) for i in range(2))`."""

    name = "xpulp.pv.or.sci.h"


@irdl_op_definition
class PvOrBOp(RdRsRs):
    """`rd = v8(B(rs1,i) | B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.or.b"


@irdl_op_definition
class PvOrScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) | B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.or.sc.b"


@irdl_op_definition
class PvOrSciBOp(RdRsSigned6):
    """`rd = v8(B(rs1,i) | zx(imm,8) for i in range(4))`."""

    name = "xpulp.pv.or.sci.b"


@irdl_op_definition
class PvXorHOp(RdRsRs):
    """`rd = v16(H(rs1,i) ^ H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.xor.h"


@irdl_op_definition
class PvXorScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) ^ H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.xor.sc.h"


@irdl_op_definition
class PvXorSciHOp(RdRsSigned6):
    """`rd = v16(H(rs1,i) ^ zx(imm,16) for i in range(2))`."""

    name = "xpulp.pv.xor.sci.h"


@irdl_op_definition
class PvXorBOp(RdRsRs):
    """`rd = v8(B(rs1,i) ^ B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.xor.b"


@irdl_op_definition
class PvXorScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) ^ B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.xor.sc.b"


@irdl_op_definition
class PvXorSciBOp(RdRsSigned6):
    """`rd = v8(B(rs1,i) ^ zx(imm,8) for i in range(4))`."""

    name = "xpulp.pv.xor.sci.b"


@irdl_op_definition
class PvAndHOp(RdRsRs):
    """`rd = v16(H(rs1,i) & H(rs2,i) for i in range(2))`."""

    name = "xpulp.pv.and.h"


@irdl_op_definition
class PvAndScHOp(RdRsRs):
    """`rd = v16(H(rs1,i) & H(rs2,0) for i in range(2))`."""

    name = "xpulp.pv.and.sc.h"


@irdl_op_definition
class PvAndSciHOp(RdRsSigned6):
    """`rd = v16(H(rs1,i) & zx(imm,16) for i in range(2))`."""

    name = "xpulp.pv.and.sci.h"


@irdl_op_definition
class PvAndBOp(RdRsRs):
    """`rd = v8(B(rs1,i) & B(rs2,i) for i in range(4))`."""

    name = "xpulp.pv.and.b"


@irdl_op_definition
class PvAndScBOp(RdRsRs):
    """`rd = v8(B(rs1,i) & B(rs2,0) for i in range(4))`."""

    name = "xpulp.pv.and.sc.b"


@irdl_op_definition
class PvAndSciBOp(RdRsSigned6):
    """`rd = v8(B(rs1,i) & zx(imm,8) for i in range(4))`."""

    name = "xpulp.pv.and.sci.b"


OPERATIONS = (
    PvSrlHOp,
    PvSrlScHOp,
    PvSrlSciHOp,
    PvSrlBOp,
    PvSrlScBOp,
    PvSrlSciBOp,
    PvSraHOp,
    PvSraScHOp,
    PvSraSciHOp,
    PvSraBOp,
    PvSraScBOp,
    PvSraSciBOp,
    PvSllHOp,
    PvSllScHOp,
    PvSllSciHOp,
    PvSllBOp,
    PvSllScBOp,
    PvSllSciBOp,
    PvOrHOp,
    PvOrScHOp,
    PvOrSciHOp,
    PvOrBOp,
    PvOrScBOp,
    PvOrSciBOp,
    PvXorHOp,
    PvXorScHOp,
    PvXorSciHOp,
    PvXorBOp,
    PvXorScBOp,
    PvXorSciBOp,
    PvAndHOp,
    PvAndScHOp,
    PvAndSciHOp,
    PvAndBOp,
    PvAndScBOp,
    PvAndSciBOp,
)
