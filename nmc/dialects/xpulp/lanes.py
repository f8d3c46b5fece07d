"""Moving lanes: pack, shuffle, insert, extract.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRsRs, RdRsRsAcc, RdRsUnsigned6, RdRsUnsigned6Acc


@irdl_op_definition
class PvExtractHOp(RdRsUnsigned6):
    """`rd = Hs(rs1, imm & 1)`."""

    name = "xpulp.pv.extract.h"


@irdl_op_definition
class PvExtractuHOp(RdRsUnsigned6):
    """`rd = H(rs1, imm & 1)`."""

    name = "xpulp.pv.extractu.h"


@irdl_op_definition
class PvInsertHOp(RdRsUnsigned6Acc):
    """`k = imm & 1; rd = (rd & ~(0xffff << (16 * k))) | (H(rs1,0) << (16 * k))`."""

    name = "xpulp.pv.insert.h"


@irdl_op_definition
class PvExtractBOp(RdRsUnsigned6):
    """`rd = Bs(rs1, imm & 3)`."""

    name = "xpulp.pv.extract.b"


@irdl_op_definition
class PvExtractuBOp(RdRsUnsigned6):
    """`rd = B(rs1, imm & 3)`."""

    name = "xpulp.pv.extractu.b"


@irdl_op_definition
class PvInsertBOp(RdRsUnsigned6Acc):
    """`k = imm & 3; rd = (rd & ~(0xff << (8 * k))) | (B(rs1,0) << (8 * k))`."""

    name = "xpulp.pv.insert.b"


@irdl_op_definition
class PvShuffleHOp(RdRsRs):
    """`rd = v16(H(rs1, H(rs2,i) & 1) for i in range(2))`."""

    name = "xpulp.pv.shuffle.h"


@irdl_op_definition
class PvShuffleBOp(RdRsRs):
    """`rd = v8(B(rs1, B(rs2,i) & 3) for i in range(4))`."""

    name = "xpulp.pv.shuffle.b"


@irdl_op_definition
class PvShuffleSciHOp(RdRsUnsigned6):
    """`rd = v16(H(rs1, (imm >> i) & 1) for i in range(2))`."""

    name = "xpulp.pv.shuffle.sci.h"


@irdl_op_definition
class PvShuffleI0SciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1, j) for j in (imm & 3, (imm >> 2) & 3, (imm >> 4) & 3, 0))`."""

    name = "xpulp.pv.shuffleI0.sci.b"


@irdl_op_definition
class PvShuffleI1SciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1, j) for j in (imm & 3, (imm >> 2) & 3, (imm >> 4) & 3, 1))`."""

    name = "xpulp.pv.shuffleI1.sci.b"


@irdl_op_definition
class PvShuffleI2SciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1, j) for j in (imm & 3, (imm >> 2) & 3, (imm >> 4) & 3, 2))`."""

    name = "xpulp.pv.shuffleI2.sci.b"


@irdl_op_definition
class PvShuffleI3SciBOp(RdRsUnsigned6):
    """`rd = v8(B(rs1, j) for j in (imm & 3, (imm >> 2) & 3, (imm >> 4) & 3, 3))`."""

    name = "xpulp.pv.shuffleI3.sci.b"


@irdl_op_definition
class PvShuffle2HOp(RdRsRsAcc):
    """`rd = v16(H(rs1 if H(rs2,i) & 2 else rd, H(rs2,i) & 1) for i in range(2))`."""

    name = "xpulp.pv.shuffle2.h"


@irdl_op_definition
class PvShuffle2BOp(RdRsRsAcc):
    """`rd = v8(B(rs1 if B(rs2,i) & 4 else rd, B(rs2,i) & 3) for i in range(4))`."""

    name = "xpulp.pv.shuffle2.b"


@irdl_op_definition
class PvPackHOp(RdRsRs):
    """`rd = (H(rs1,0) << 16) | H(rs2,0)`."""

    name = "xpulp.pv.pack.h"


@irdl_op_definition
class PvPackHHOp(RdRsRs):
    """`rd = (H(rs1,1) << 16) | H(rs2,1)`."""

    name = "xpulp.pv.pack.h.h"


@irdl_op_definition
class PvPackhiBOp(RdRsRsAcc):
    """`rd = (B(rs1,0) << 24) | (B(rs2,0) << 16) | (rd & 0xffff)`."""

    name = "xpulp.pv.packhi.b"


@irdl_op_definition
class PvPackloBOp(RdRsRsAcc):
    """`rd = (rd & 0xffff0000) | (B(rs1,0) << 8) | B(rs2,0)`."""

    name = "xpulp.pv.packlo.b"


OPERATIONS = (
    PvExtractHOp,
    PvExtractuHOp,
    PvInsertHOp,
    PvExtractBOp,
    PvExtractuBOp,
    PvInsertBOp,
    PvShuffleHOp,
    PvShuffleBOp,
    PvShuffleSciHOp,
    PvShuffleI0SciBOp,
    PvShuffleI1SciBOp,
    PvShuffleI2SciBOp,
    PvShuffleI3SciBOp,
    PvShuffle2HOp,
    PvShuffle2BOp,
    PvPackHOp,
    PvPackHHOp,
    PvPackhiBOp,
    PvPackloBOp,
)
