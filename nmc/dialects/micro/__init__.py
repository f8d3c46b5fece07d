"""The micro dialect: kernels as loops over registers, on no particular machine.

Everything is an `i32` (addresses too), a vector of four bytes, `vector<4xi8>` (signed) or
`vector<4xui8>`, or the sums of four pixels, `vector<4xi32>`. Loops, conditions, arithmetic and
functions are those of `scf`, `arith` and `func` on `i32`. `convert-micro-to-machine` turns it into
instructions.
"""

from xdsl.ir import Dialect

from nmc.dialects.micro.fixed_point import (
    AddRoundShiftOp,
    ClampOp,
    ClipOp,
    MacOp,
    RequantizeOp,
    RequantizePackOp,
    RoundShiftOp,
    TopBitOp,
)
from nmc.dialects.micro.gather import GatherOp, GatherResetOp, GatherWordOp
from nmc.dialects.micro.memory import LoadOp, StoreOp
from nmc.dialects.micro.platform import CoreIdOp, EventWaitOp
from nmc.dialects.micro.sums import SumsGatherOp, SumsReadOp, SumsRequantizeOp, SumsStartOp
from nmc.dialects.micro.types import S8X4, SUMS, U8X4, bytes4, is_unsigned, is_vector
from nmc.dialects.micro.vector import (
    AddOp,
    BytesOp,
    DotOp,
    LanesOp,
    MaxOp,
    MinOp,
    PackOp,
    ShuffleOp,
    SubOp,
    WordOp,
)

Micro = Dialect(
    "micro",
    [
        AddOp,
        AddRoundShiftOp,
        BytesOp,
        ClampOp,
        ClipOp,
        CoreIdOp,
        DotOp,
        EventWaitOp,
        GatherOp,
        GatherResetOp,
        GatherWordOp,
        LanesOp,
        LoadOp,
        MacOp,
        MaxOp,
        MinOp,
        PackOp,
        RequantizeOp,
        RequantizePackOp,
        RoundShiftOp,
        ShuffleOp,
        StoreOp,
        SubOp,
        SumsGatherOp,
        SumsReadOp,
        SumsRequantizeOp,
        SumsStartOp,
        TopBitOp,
        WordOp,
    ],
    [],
)

__all__ = [
    "S8X4",
    "SUMS",
    "U8X4",
    "AddOp",
    "AddRoundShiftOp",
    "BytesOp",
    "ClampOp",
    "ClipOp",
    "CoreIdOp",
    "DotOp",
    "EventWaitOp",
    "GatherOp",
    "GatherResetOp",
    "GatherWordOp",
    "LanesOp",
    "LoadOp",
    "MacOp",
    "MaxOp",
    "Micro",
    "MinOp",
    "PackOp",
    "RequantizeOp",
    "RequantizePackOp",
    "RoundShiftOp",
    "ShuffleOp",
    "StoreOp",
    "SubOp",
    "SumsGatherOp",
    "SumsReadOp",
    "SumsRequantizeOp",
    "SumsStartOp",
    "TopBitOp",
    "WordOp",
    "bytes4",
    "is_unsigned",
    "is_vector",
]
