"""The `xnm` dialect: our extension for N:M-sparse code, one operation an instruction.

Four parts, each a feature of a target: `xdecimate` gathers bytes into lanes, `xgather` words of
four pixels, `xgmac` multiplies such a word by a weight and accumulates in the core, `xrq`
requantises what has been accumulated. All step or read hidden state (the counter `xdc`, the
accumulators `xa0` to `xa3`), so they keep their order among themselves.
"""

from xdsl.ir import Dialect

from nmc.dialects.xnm.state import HiddenState
from nmc.dialects.xnm.xdecimate import (
    Gather,
    XdecimateClrOp,
    XdecimateM4Op,
    XdecimateM8Op,
    XdecimateM16Op,
    XdecimateSM4Op,
    XdecimateSM8Op,
    XdecimateSM16Op,
)
from nmc.dialects.xnm.xgather import WordGather, XgatherM4Op, XgatherM8Op, XgatherM16Op
from nmc.dialects.xnm.xgmac import (
    GatherMac,
    XgmacM4Op,
    XgmacM8Op,
    XgmacM16Op,
    XgmacPopOp,
    XgmacStartOp,
    XgmacuM4Op,
    XgmacuM8Op,
    XgmacuM16Op,
)
from nmc.dialects.xnm.xrq import Requantise, XrqOp, XrquOp

INSTRUCTIONS = (
    XdecimateM4Op,
    XdecimateM8Op,
    XdecimateM16Op,
    XdecimateSM4Op,
    XdecimateSM8Op,
    XdecimateSM16Op,
    XdecimateClrOp,
    XgatherM4Op,
    XgatherM8Op,
    XgatherM16Op,
    XgmacM4Op,
    XgmacM8Op,
    XgmacM16Op,
    XgmacuM4Op,
    XgmacuM8Op,
    XgmacuM16Op,
    XgmacStartOp,
    XgmacPopOp,
    XrqOp,
    XrquOp,
)

XNM = Dialect("xnm", [*INSTRUCTIONS], [])

__all__ = [
    "INSTRUCTIONS",
    "XNM",
    "Gather",
    "GatherMac",
    "HiddenState",
    "Requantise",
    "WordGather",
    "XdecimateClrOp",
    "XdecimateM4Op",
    "XdecimateM8Op",
    "XdecimateM16Op",
    "XdecimateSM4Op",
    "XdecimateSM8Op",
    "XdecimateSM16Op",
    "XgatherM4Op",
    "XgatherM8Op",
    "XgatherM16Op",
    "XgmacM4Op",
    "XgmacM8Op",
    "XgmacM16Op",
    "XgmacPopOp",
    "XgmacStartOp",
    "XgmacuM4Op",
    "XgmacuM8Op",
    "XgmacuM16Op",
    "XrqOp",
    "XrquOp",
]
