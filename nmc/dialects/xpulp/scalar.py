"""Scalar arithmetic of XpulpV2: minimum, maximum, absolute value, clipping, extension.

The docstrings are the semantics column of the instruction table (`nmc/isa`): registers stand for
their old values, statements run in order.
"""

from xdsl.irdl import irdl_op_definition

from .formats import RdRs, RdRsClip, RdRsRs


@irdl_op_definition
class PAbsOp(RdRs):
    """`rd = -sx(rs1,32) if sx(rs1,32) < 0 else rs1`."""

    name = "xpulp.p.abs"


@irdl_op_definition
class PSletOp(RdRsRs):
    """`rd = 1 if sx(rs1,32) <= sx(rs2,32) else 0`."""

    name = "xpulp.p.slet"


@irdl_op_definition
class PSletuOp(RdRsRs):
    """`rd = 1 if rs1 <= rs2 else 0`."""

    name = "xpulp.p.sletu"


@irdl_op_definition
class PMinOp(RdRsRs):
    """`rd = min(sx(rs1,32), sx(rs2,32))`."""

    name = "xpulp.p.min"


@irdl_op_definition
class PMinuOp(RdRsRs):
    """`rd = min(rs1, rs2)`."""

    name = "xpulp.p.minu"


@irdl_op_definition
class PMaxOp(RdRsRs):
    """`rd = max(sx(rs1,32), sx(rs2,32))`."""

    name = "xpulp.p.max"


@irdl_op_definition
class PMaxuOp(RdRsRs):
    """`rd = max(rs1, rs2)`."""

    name = "xpulp.p.maxu"


@irdl_op_definition
class PExthsOp(RdRs):
    """`rd = sx(rs1, 16)`."""

    name = "xpulp.p.exths"


@irdl_op_definition
class PExthzOp(RdRs):
    """`rd = zx(rs1, 16)`."""

    name = "xpulp.p.exthz"


@irdl_op_definition
class PExtbsOp(RdRs):
    """`rd = sx(rs1, 8)`."""

    name = "xpulp.p.extbs"


@irdl_op_definition
class PExtbzOp(RdRs):
    """`rd = zx(rs1, 8)`."""

    name = "xpulp.p.extbz"


@irdl_op_definition
class PClipOp(RdRsClip):
    """`h = (1 << max(Is2 - 1, 0)) - 1; rd = clamp(sx(rs1,32), -h - 1, h)`."""

    name = "xpulp.p.clip"


@irdl_op_definition
class PClipuOp(RdRsClip):
    """`h = (1 << max(Is2 - 1, 0)) - 1; rd = clamp(sx(rs1,32), 0, h)`."""

    name = "xpulp.p.clipu"


@irdl_op_definition
class PCliprOp(RdRsRs):
    """`a = sx(rs1,32); h = sx(rs2,32); rd = (-h - 1) if a <= -h - 1 else min(a, h)`."""

    name = "xpulp.p.clipr"


@irdl_op_definition
class PClipurOp(RdRsRs):
    """`a = sx(rs1,32); h = sx(rs2,32); rd = 0 if a <= 0 else min(a, h)`."""

    name = "xpulp.p.clipur"


OPERATIONS = (
    PAbsOp,
    PSletOp,
    PSletuOp,
    PMinOp,
    PMinuOp,
    PMaxOp,
    PMaxuOp,
    PExthsOp,
    PExthzOp,
    PExtbsOp,
    PExtbzOp,
    PClipOp,
    PClipuOp,
    PCliprOp,
    PClipurOp,
)
