"""Scheduling of machine code against load-use stalls."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func, riscv_scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from nmc.backend.machine.list_scheduling import schedule_run
from nmc.backend.machine.pressure import live_after
from nmc.backend.machine.timing import Effect, effect_of
from nmc.dialects.xpulp.control import HwLoopOp


@dataclass(frozen=True)
class SchedulePass(ModulePass):
    """Reorder instructions within blocks so that none waits for a load.

        %a = riscv.lw %p, 0
        %b = riscv.addi %a, 1
        %c = riscv.lw %p, 4
        %d = riscv.addi %c, 1

    becomes

        %a = riscv.lw %p, 0
        %c = riscv.lw %p, 4
        %b = riscv.addi %a, 1
        %d = riscv.addi %c, 1

    Memory accesses that may overlap keep their order, volatile ones and those that step the
    counter of `xdecimate` keep theirs; calls and structured operations are not crossed. On virtual
    registers an instruction is moved up only while its result finds a register; on allocated
    code (a second run, for reloads) the registers' own order is kept.
    """

    name = "schedule"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks:
                live = live_after(function.body.block)
                _schedule_block(function.body.block, live)


def _carried(block: Block) -> dict[SSAValue, SSAValue]:
    """For a loop's body, the value yielded for each block argument."""
    parent, last = block.parent_op(), block.last_op
    if last is None:
        return {}
    if isinstance(parent, HwLoopOp):
        return dict(zip(block.args, last.operands, strict=True))
    if isinstance(parent, riscv_scf.ForOp):
        return dict(zip(block.args[1:], last.operands, strict=True))
    return {}


def _schedule_block(block: Block, live: dict[Operation, set[SSAValue]]) -> None:
    carried = _carried(block)
    run: list[Operation] = []
    for op in list(block.ops):
        if effect_of(op) is not Effect.BARRIER:
            run.append(op)
            continue
        _schedule_run(block, run, op, live, carried)
        run = []
        for region in op.regions:
            _schedule_block(region.block, live)


def _schedule_run(
    block: Block,
    run: list[Operation],
    following: Operation,
    live: dict[Operation, set[SSAValue]],
    carried: dict[SSAValue, SSAValue],
) -> None:
    if len(run) < 2:
        return
    order = schedule_run(run, live.get(run[-1], set()), carried)
    if order == run:
        return
    for op in run:
        op.detach()
    block.insert_ops_before(order, following)
