"""Loops, conditions and calls: `scf` and `func`."""

from xdsl.dialects import arith, func, riscv_func, riscv_scf, scf
from xdsl.dialects.builtin import IntegerAttr, IntegerType, Signedness, UnitAttr
from xdsl.ir import Block, Operation, Region

from nmc.dialects.xpulp.control import IfOp, YieldOp
from nmc.passes.micro_to_machine.integers import comparison
from nmc.passes.micro_to_machine.lowering import REGISTER, Lowering, Rule

SI12 = IntegerType(12, Signedness.SIGNED)


def for_loop(low: Lowering, op: scf.ForOp) -> None:
    """riscv_scf.for, marked `nonzero` where the bounds show that the body runs."""
    start, stop = low.own_reg(op.lb), low.own_reg(op.ub)
    step = low.known(op.step)
    stride = (
        IntegerAttr(step, SI12) if step is not None and 0 < step < 2048 else low.own_reg(op.step)
    )
    inits = low.carried(op.iter_args)
    body = Block(arg_types=[REGISTER] * (1 + len(inits)))
    low.block(op.body.block, body)
    loop = riscv_scf.ForOp(start, stop, stride, inits, Region(body))
    first, last = low.known(op.lb), low.known(op.ub)
    if first is not None and last is not None and first < last:
        loop.attributes["nonzero"] = UnitAttr()
    low.do(loop)
    low.results(op, loop.results)


def if_op(low: Lowering, op: scf.IfOp) -> None:
    """xpulp.if on the comparison itself where the condition is one."""
    regions: list[Block] = []
    condition = op.cond.owner
    if isinstance(condition, arith.CmpiOp):
        predicate, a, b = comparison(condition)
        if low.known(a) == 0 and predicate in ("eq", "ne"):
            a, b = b, a
        lhs = low.reg(a)
        number = low.known(b)
        small = number == 0 or (
            number is not None and predicate in ("eq", "ne") and -16 <= number <= 15
        )
        rhs = number if small and number is not None else low.reg(b)
    else:
        predicate, lhs, rhs = "ne", low.reg(op.cond), 0
    held = low.sums.current
    for region in (op.true_region, op.false_region):
        block = Block()
        low.sums.current = held
        if region.blocks:
            low.block(region.block, block)
        else:
            block.add_op(YieldOp())
        regions.append(block)
    branch = IfOp(
        predicate,
        lhs,
        rhs,
        result_types=[REGISTER] * low.count(op.results),
        then_region=regions[0],
        else_region=regions[1],
    )
    low.do(branch)
    low.results(op, branch.results)


def while_loop(low: Lowering, op: scf.WhileOp) -> None:
    """riscv_scf.while."""
    inits = low.carried(op.arguments)
    before = Block(arg_types=[REGISTER] * len(inits))
    results = [REGISTER] * low.count(op.results)
    after = Block(arg_types=results)
    low.block(op.before_region.block, before)
    low.block(op.after_region.block, after)
    loop = riscv_scf.WhileOp(inits, results, Region(before), Region(after))
    low.do(loop)
    low.results(op, loop.results)


def condition(low: Lowering, op: scf.ConditionOp) -> None:
    """riscv_scf.condition; a comparison stays right before it."""
    compared = op.condition.owner
    if isinstance(compared, arith.CmpiOp) and compared.result.has_one_use():
        low.operation(compared)
    low.do(riscv_scf.ConditionOp(low.own_reg(op.condition), *low.carried(op.args)))


def yield_op(low: Lowering, op: scf.YieldOp) -> None:
    """The yield of whatever the parent became."""
    make = YieldOp if isinstance(op.parent_op(), scf.IfOp) else riscv_scf.YieldOp
    low.do(make(*low.carried(op.operands)))


def call(low: Lowering, op: func.CallOp) -> None:
    """riscv_func.call."""
    made = riscv_func.CallOp(op.callee, low.carried(op.arguments), [REGISTER] * len(op.results))
    low.do(made)
    low.results(op, made.results)


def return_op(low: Lowering, op: func.ReturnOp) -> None:
    """riscv_func.return."""
    low.do(riscv_func.ReturnOp(*low.carried(op.arguments)))


RULES: dict[type[Operation], Rule] = {
    scf.ForOp: for_loop,
    scf.IfOp: if_op,
    scf.WhileOp: while_loop,
    scf.ConditionOp: condition,
    scf.YieldOp: yield_op,
    func.CallOp: call,
    func.ReturnOp: return_op,
}
