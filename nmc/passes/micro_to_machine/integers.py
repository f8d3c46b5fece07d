"""Integer arithmetic: `arith` on i32, index and i1."""

from collections.abc import Callable

from xdsl.dialects import arith, rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects.xpulp.bits import PExtractuOp
from nmc.dialects.xpulp.multiply import PMacOp
from nmc.dialects.xpulp.scalar import PMaxOp, PMaxuOp, PMinOp, PMinuOp
from nmc.passes.micro_to_machine.lowering import IMMEDIATE, Lowering, Rule, first

Binary = Callable[[SSAValue, SSAValue], Operation]


def _power_of_two(value: int | None) -> int | None:
    """The exponent where a number is a power of two, else None."""
    if value is None or value <= 0 or value & (value - 1):
        return None
    return value.bit_length() - 1


def constant(low: Lowering, op: arith.ConstantOp) -> None:
    """A constant is loaded where it stands; users that fold it leave it unused."""
    number = low.known(op.result)
    low.define(op.result, low.emit(rv32.LiOp(0 if number is None else number)))


def addi(low: Lowering, op: arith.AddiOp) -> None:
    """add, addi."""
    a, b = op.lhs, op.rhs
    if low.immediate(a) is not None:
        a, b = b, a
    number = low.immediate(b)
    if number is None:
        low.define(op.result, low.emit(riscv.AddOp(low.reg(a), low.reg(b))))
    else:
        low.define(op.result, low.emit(riscv.AddiOp(low.reg(a), number)))


def subi(low: Lowering, op: arith.SubiOp) -> None:
    """sub, addi of the negative."""
    number = low.known(op.rhs)
    if number is not None and -number in IMMEDIATE:
        low.define(op.result, low.emit(riscv.AddiOp(low.reg(op.lhs), -number)))
    else:
        low.define(op.result, low.emit(riscv.SubOp(low.reg(op.lhs), low.reg(op.rhs))))


def muli(low: Lowering, op: arith.MuliOp) -> None:
    """mul, slli."""
    a, b = op.lhs, op.rhs
    if _power_of_two(low.known(a)) is not None:
        a, b = b, a
    bits = _power_of_two(low.known(b))
    if bits is None:
        low.define(op.result, low.emit(riscv.MulOp(low.reg(a), low.reg(b))))
    else:
        low.define(op.result, low.emit(rv32.SlliOp(low.reg(a), bits)))


def mul_extended(low: Lowering, op: arith.MulUIExtendedOp | arith.MulSIExtendedOp) -> None:
    """mul and mulhu or mulh; what nobody needs is removed at the end."""
    high = riscv.MulhuOp if isinstance(op, arith.MulUIExtendedOp) else riscv.MulhOp
    a, b = low.reg(op.lhs), low.reg(op.rhs)
    low.define(op.low, low.emit(riscv.MulOp(a, b)))
    low.define(op.high, low.emit(high(a, b)))


def divui(low: Lowering, op: arith.DivUIOp) -> None:
    """divu, srli."""
    bits = _power_of_two(low.known(op.rhs))
    if bits is None:
        low.define(op.result, low.emit(riscv.DivuOp(low.reg(op.lhs), low.reg(op.rhs))))
    else:
        low.define(op.result, low.emit(rv32.SrliOp(low.reg(op.lhs), bits)))


def remui(low: Lowering, op: arith.RemUIOp) -> None:
    """remu, andi."""
    bits = _power_of_two(low.known(op.rhs))
    if bits is None or (1 << bits) - 1 not in IMMEDIATE:
        low.define(op.result, low.emit(riscv.RemuOp(low.reg(op.lhs), low.reg(op.rhs))))
    else:
        low.define(op.result, low.emit(riscv.AndiOp(low.reg(op.lhs), (1 << bits) - 1)))


def _plain(make: Binary) -> Rule:
    """Two registers, no immediate form."""

    def rule(low: Lowering, op: Operation) -> None:
        low.define(first(op), low.emit(make(*(low.reg(value) for value in op.operands))))

    return rule


def _logic(make: Binary, with_immediate: Callable[[SSAValue, int], Operation]) -> Rule:
    """Commutative, with an immediate form."""

    def rule(low: Lowering, op: Operation) -> None:
        a, b = op.operands
        if low.immediate(a) is not None:
            a, b = b, a
        number = low.immediate(b)
        made = (
            make(low.reg(a), low.reg(b)) if number is None else with_immediate(low.reg(a), number)
        )
        low.define(first(op), low.emit(made))

    return rule


def _shift(make: Binary, with_immediate: Callable[[SSAValue, int], Operation]) -> Rule:
    def rule(low: Lowering, op: Operation) -> None:
        a, b = op.operands
        number = low.known(b)
        if number is not None and 0 <= number < 32:
            made = with_immediate(low.reg(a), number)
        else:
            made = make(low.reg(a), low.reg(b))
        low.define(first(op), low.emit(made))

    return rule


# How predicates of arith.cmpi are asked: machine predicate, operands swapped.
PREDICATES: tuple[tuple[str, bool], ...] = (
    ("eq", False),
    ("ne", False),
    ("lt", False),
    ("ge", True),
    ("lt", True),
    ("ge", False),
    ("ltu", False),
    ("geu", True),
    ("ltu", True),
    ("geu", False),
)


def comparison(op: arith.CmpiOp) -> tuple[str, SSAValue, SSAValue]:
    """The machine's predicate and the operands in its order."""
    predicate, swapped = PREDICATES[op.predicate.value.data]
    return (predicate, op.rhs, op.lhs) if swapped else (predicate, op.lhs, op.rhs)


def cmpi(low: Lowering, op: arith.CmpiOp) -> None:
    """slt, sltu and their immediates; equality through xor; negations through xori 1."""
    predicate, a, b = comparison(op)
    if predicate in ("eq", "ne"):
        number = low.known(b)
        if number == 0:
            differs = low.reg(a)
        elif number is not None and -number in IMMEDIATE:
            differs = low.emit(riscv.AddiOp(low.reg(a), -number))
        else:
            differs = low.emit(riscv.XorOp(low.reg(a), low.reg(b)))
        if predicate == "eq":
            low.define(op.result, low.emit(riscv.SltiuOp(differs, 1)))
        else:
            low.define(op.result, low.emit(riscv.SltuOp(low.zero(), differs)))
        return
    less = _less(low, predicate in ("lt", "ge"), a, b)
    negated = predicate in ("ge", "geu")
    low.define(op.result, low.emit(riscv.XoriOp(less, 1)) if negated else less)


def _less(low: Lowering, is_signed: bool, a: SSAValue, b: SSAValue) -> SSAValue:
    number = low.immediate(b)
    if number is not None:
        make = riscv.SltiOp if is_signed else riscv.SltiuOp
        return low.emit(make(low.reg(a), number))
    make = riscv.SltOp if is_signed else riscv.SltuOp
    return low.emit(make(low.reg(a), low.reg(b)))


def select(low: Lowering, op: arith.SelectOp) -> None:
    """No conditional move: b + condition * (a - b), exact modulo 2^32."""
    a, b = low.reg(op.lhs), low.reg(op.rhs)
    difference = low.emit(riscv.SubOp(a, b))
    low.define(op.result, low.emit(PMacOp(b, low.reg(op.cond), difference)))


def same_register(low: Lowering, op: Operation) -> None:
    """index, i32 and a zero-extended i1 are one thing in a register."""
    low.define(first(op), low.own_reg(op.operands[0]))


def extsi(low: Lowering, op: arith.ExtSIOp) -> None:
    """Only i1 is held narrower than a register: 1 becomes -1."""
    low.define(op.result, low.emit(riscv.SubOp(low.zero(), low.reg(op.input))))


def trunci(low: Lowering, op: arith.TruncIOp) -> None:
    """The low bits, zero-extended."""
    kind = op.result.type
    bits = kind.width.data
    value = low.reg(op.input)
    if bits < 12:
        low.define(op.result, low.emit(riscv.AndiOp(value, (1 << bits) - 1)))
    elif bits < 32:
        low.define(op.result, low.emit(PExtractuOp(value, bits - 1, 0)))
    else:
        low.define(op.result, value)


RULES: dict[type[Operation], Rule] = {
    arith.ConstantOp: constant,
    arith.AddiOp: addi,
    arith.SubiOp: subi,
    arith.MuliOp: muli,
    arith.MulUIExtendedOp: mul_extended,
    arith.MulSIExtendedOp: mul_extended,
    arith.DivUIOp: divui,
    arith.RemUIOp: remui,
    arith.DivSIOp: _plain(riscv.DivOp),
    arith.RemSIOp: _plain(riscv.RemOp),
    arith.MinSIOp: _plain(PMinOp),
    arith.MinUIOp: _plain(PMinuOp),
    arith.MaxSIOp: _plain(PMaxOp),
    arith.MaxUIOp: _plain(PMaxuOp),
    arith.AndIOp: _logic(riscv.AndOp, riscv.AndiOp),
    arith.OrIOp: _logic(riscv.OrOp, riscv.OriOp),
    arith.XOrIOp: _logic(riscv.XorOp, riscv.XoriOp),
    arith.ShLIOp: _shift(riscv.SllOp, rv32.SlliOp),
    arith.ShRUIOp: _shift(riscv.SrlOp, rv32.SrliOp),
    arith.ShRSIOp: _shift(riscv.SraOp, rv32.SraiOp),
    arith.CmpiOp: cmpi,
    arith.SelectOp: select,
    arith.IndexCastOp: same_register,
    arith.ExtUIOp: same_register,
    arith.ExtSIOp: extsi,
    arith.TruncIOp: trunci,
}
