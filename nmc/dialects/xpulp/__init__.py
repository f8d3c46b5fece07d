"""The `xpulp` dialect: XpulpV2 instructions on registers, and the control flow around them.

An instruction is named after its mnemonic in the table of `nmc/isa` (`xpulp.pv.sdotsp.b`); where a
mnemonic has several operand layouts, the layout follows: `xpulp.p.lw.post` is `p.lw rd, imm(rs1!)`,
`.post_reg` is `p.lw rd, rs2(rs1!)`, `.reg` is `p.lw rd, rs2(rs1)`. Python classes are the same in
camel case with `Op` (`PvSdotspBOp`, `PLwPostOp`). See docs/machine-ir.md for the conventions.
"""

from xdsl.ir import Dialect

from . import (
    bits,
    control,
    dot,
    fixed_point,
    lanes,
    loads,
    loops,
    multiply,
    scalar,
    simd_arithmetic,
    simd_logic,
    stores,
)

INSTRUCTIONS = (
    *loads.OPERATIONS,
    *stores.OPERATIONS,
    *scalar.OPERATIONS,
    *fixed_point.OPERATIONS,
    *bits.OPERATIONS,
    *multiply.OPERATIONS,
    *simd_arithmetic.OPERATIONS,
    *simd_logic.OPERATIONS,
    *dot.OPERATIONS,
    *lanes.OPERATIONS,
    *loops.OPERATIONS,
)
"""Every operation that is one machine instruction."""

XPULP = Dialect("xpulp", [*INSTRUCTIONS, *control.OPERATIONS], [])
