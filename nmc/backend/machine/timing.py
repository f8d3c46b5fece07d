"""What the scheduler knows of an instruction: its effects and when its results can be read."""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import Final

from xdsl.dialects import riscv_func, rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from nmc.dialects.xnm import Gather, GatherMac, HiddenState, Requantise, WordGather
from nmc.dialects.xpulp.memory_formats import (
    LoadImm,
    LoadPost,
    LoadPostReg,
    LoadReg,
    StorePost,
    StorePostReg,
    StoreReg,
)

from .folding import LOADS, STORES

VOLATILE: Final = "volatile"


class Effect(Enum):
    """How an instruction is ordered against others, apart from its registers."""

    NONE = auto()
    LOAD = auto()
    STORE = auto()
    STATE = auto()
    """Reads or writes the hidden state of the extension, and perhaps reads memory."""
    ORDERED = auto()
    """Keeps its place among all memory accesses: volatile, CSR, events."""
    BARRIER = auto()
    """Nothing moves across: calls, structured operations, everything unknown."""


GATHERS: Final = (Gather, WordGather, GatherMac)
"""Of those on the hidden state, the ones that read memory."""
_LOADS = (*LOADS, LoadPost, LoadPostReg, LoadReg)
_STORES = (*STORES, StorePost, StorePostReg, StoreReg)


@cache
def _effect_of_type(kind: type[Operation]) -> Effect:
    if issubclass(kind, _LOADS):
        return Effect.LOAD
    if issubclass(kind, _STORES):
        return Effect.STORE
    if issubclass(kind, HiddenState):
        return Effect.STATE
    if issubclass(kind, riscv_func.CallOp | riscv_func.ReturnOp):
        return Effect.BARRIER
    if kind.has_trait(MemoryReadEffect) or kind.has_trait(MemoryWriteEffect):
        return Effect.ORDERED
    return Effect.NONE


def effect_of(op: Operation) -> Effect:
    """How an operation is ordered against others."""
    if op.regions or not op.results:
        kind = _effect_of_type(type(op))
        if op.regions or kind is Effect.NONE:
            return Effect.BARRIER
    else:
        kind = _effect_of_type(type(op))
    if kind in (Effect.LOAD, Effect.STORE) and VOLATILE in op.attributes:
        return Effect.ORDERED
    return kind


_MULH = (riscv.MulhOp, riscv.MulhsuOp, riscv.MulhuOp)
_DIVISIONS = (riscv.DivOp, riscv.DivuOp, riscv.RemOp, riscv.RemuOp)
LOAD_LATENCY: Final = 2
MULH_CYCLES: Final = 5
DIVISION_CYCLES: Final = 20
"""Between 3 and 35, by the divisor."""


def issue_cycles(op: Operation) -> int:
    """Cycles until the next instruction can start (single-cycle memories)."""
    if isinstance(op, rv32.GetRegisterOp):
        return 0
    if isinstance(op, _MULH):
        return MULH_CYCLES
    return DIVISION_CYCLES if isinstance(op, _DIVISIONS) else 1


def result_latency(op: Operation, result: int) -> int:
    """Cycles after which `result` can be read without a stall, counted from the issue.

    A loaded value: 2. The stepped pointer of a load and everything else: as soon as the next
    instruction can start.
    """
    late = isinstance(op, (*_LOADS, Gather, WordGather, Requantise, LoadImm))
    return LOAD_LATENCY if late and result == 0 else issue_cycles(op)


ACCUMULATE_LATENCY: Final = 3


def state_latency(before: Operation, after: Operation) -> int:
    """Cycles between two instructions on the hidden state, from issue to issue, 0 for none.

    Accumulators are written two stages behind a gather's own; whatever reads or replaces them
    waits, other gathers do not.
    """
    late = isinstance(before, GatherMac) and not isinstance(after, GATHERS)
    return ACCUMULATE_LATENCY if late else 0
