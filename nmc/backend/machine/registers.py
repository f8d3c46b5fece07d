"""The integer registers as the allocator sees them (RISC-V ilp32, nothing reserved but sp)."""

from typing import Final

from xdsl.dialects.builtin import IntAttr
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.ir import Attribute

ZERO: Final = 0
RA: Final = 1
SP: Final = 2

_ABI_NAMES: Final = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"),
    *(f"a{number}" for number in range(8)),
    *(f"s{number}" for number in range(2, 12)),
    *(f"t{number}" for number in range(3, 7)),
)
_INDEX = {name: index for index, name in enumerate(_ABI_NAMES)}
TYPES: Final = tuple(IntRegisterType.from_name(name) for name in _ABI_NAMES)
"""Register types by number."""

UNALLOCATED: Final = IntRegisterType.unallocated()


def _numbers(names: str) -> tuple[int, ...]:
    return tuple(_INDEX[name] for name in names.split())


ARGUMENTS: Final = _numbers("a0 a1 a2 a3 a4 a5 a6 a7")
RESULTS: Final = _numbers("a0 a1")
CALLEE_SAVED: Final = _numbers("s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11")
# gp and tp hold nothing in our programs: we link without relaxation and have no threads.
CALLER_SAVED: Final = _numbers("t0 t1 t2 t3 t4 t5 t6 a7 a6 a5 a4 a3 a2 a1 a0 gp tp ra")

PREFERENCE: Final = (*CALLER_SAVED[:-1], *CALLEE_SAVED, RA)
"""Every allocatable register, in the order the allocator tries them: free ones first, then those
that cost a save, the return address last."""

ALLOCATABLE_MASK: Final = sum(1 << number for number in PREFERENCE)
CALLER_SAVED_MASK: Final = sum(1 << number for number in CALLER_SAVED)
CALLEE_SAVED_MASK: Final = sum(1 << number for number in CALLEE_SAVED)


def number_of(type_: Attribute) -> int | None:
    """The number of an allocated integer register type, None for any other type."""
    if isinstance(type_, IntRegisterType) and isinstance(type_.index, IntAttr):
        return type_.index.data
    return None


def name_of(number: int) -> str:
    """The ABI name of register `number`."""
    return _ABI_NAMES[number]
