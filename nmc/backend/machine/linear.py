"""A function's structured control flow spelled out as blocks of register reads and writes.

This is the code `flatten-control-flow` will emit, seen only as reads, writes and copies of virtual
registers. Numbers 0..31 are the machine's registers, higher ones are virtual. Several SSA values
share a virtual register where the structure demands it:

* a loop's block argument and its result (`xpulp.if`'s yields and result likewise): the copy into it
  stands before the loop and before the yield, as one parallel copy;
* an instruction's tied operand and result: the copy into it stands before the instruction.

Everything else is joined by coalescing copies, see `interference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from xdsl.backend.register_allocatable import HasRegisterConstraints
from xdsl.dialects import riscv_func, riscv_scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.utils.exceptions import DiagnosticException

from nmc.dialects.xpulp.control import HwLoopOp, IfOp, YieldOp

from .calls import overwritten_by
from .constants import is_cheap_constant, is_zero_register
from .registers import ARGUMENTS, RESULTS, SP, ZERO, number_of

LOOP_WEIGHT: Final = 10.0
"""How often a loop's body is assumed to run."""
BRANCH_WEIGHT: Final = 0.5
FIRST_VIRTUAL: Final = 32
_TERMINATORS = (YieldOp, riscv_scf.YieldOp, riscv_scf.ConditionOp)


@dataclass(slots=True)
class Copy:
    """`target <- source`, to be an instruction unless both get one register.

    With `operand` set, the copy stands before `op` and feeds that operand of it. Otherwise it
    stands after the definition of `value` (`op` is its operation, None for a function's
    argument) and feeds all uses of it.
    """

    target: int
    source: int | None
    """None: the value is a constant that is made again in the target."""
    value: SSAValue
    op: Operation | None
    operand: int | None
    weight: float


@dataclass(slots=True)
class Node:
    """One instruction, or one parallel copy."""

    uses: tuple[int, ...] = ()
    defs: tuple[int, ...] = ()
    copies: tuple[Copy, ...] = ()
    is_call: bool = False
    weight: float = 1.0


@dataclass(slots=True)
class LinearBlock:
    """Nodes that run one after the other, and the blocks that may follow."""

    nodes: list[Node] = field(default_factory=list[Node])
    successors: list[int] = field(default_factory=list[int])
    live_out: int = 0


class LinearFunction:
    """The blocks of one function and the virtual register of each SSA value."""

    def __init__(self, function: riscv_func.FuncOp):
        self.function = function
        self.blocks: list[LinearBlock] = []
        self.register_of: dict[SSAValue, int] = {}
        self.count = FIRST_VIRTUAL
        self.has_calls = False
        self._weight = 1.0
        self._block = self._new_block()
        self._build()

    # region building

    def _new_block(self) -> int:
        self.blocks.append(LinearBlock())
        return len(self.blocks) - 1

    def _start_block(self, *predecessors: int) -> int:
        block = self._new_block()
        for predecessor in predecessors:
            self.blocks[predecessor].successors.append(block)
        self._block = block
        return block

    def _emit(self, node: Node) -> None:
        node.weight = self._weight
        self.blocks[self._block].nodes.append(node)

    def _fresh(self, *values: SSAValue) -> int:
        register = self.count
        self.count += 1
        for value in values:
            if number_of(value.type) is not None:
                raise DiagnosticException(
                    f"allocate-registers: function '{self.function.sym_name.data}' has a value"
                    f" in {value.type} already; only zero and sp may be named before allocation"
                )
            self.register_of[value] = register
        return register

    def _use(self, value: SSAValue) -> tuple[int, ...]:
        """The register read for `value`: nothing for the reserved registers."""
        if number_of(value.type) in (ZERO, SP):
            return ()
        return (self.register_of[value],)

    def _copy_in(self, op: Operation, operand: int, target: int) -> Copy:
        value = op.operands[operand]
        source: int | None = None
        if not (is_zero_register(value) or is_cheap_constant(value)):
            number = number_of(value.type)
            source = self.register_of[value] if number is None else number
        return Copy(target, source, value, op, operand, self._weight)

    def _emit_copies(self, copies: Sequence[Copy]) -> None:
        if copies:
            self._emit(
                Node(
                    uses=tuple(copy.source for copy in copies if copy.source is not None),
                    defs=tuple(copy.target for copy in copies),
                    copies=tuple(copies),
                )
            )

    def _build(self) -> None:
        name = self.function.sym_name.data
        if len(self.function.body.blocks) != 1:
            raise DiagnosticException(f"allocate-registers: function '{name}' is not structured")
        entry = self.function.body.block
        if len(entry.args) > len(ARGUMENTS):
            raise DiagnosticException(
                f"function '{name}' has {len(entry.args)} arguments; at most"
                f" {len(ARGUMENTS)} fit the argument registers: pass the rest through memory"
            )
        self._emit(Node(defs=tuple(ARGUMENTS[: len(entry.args)])))
        self._emit_copies(
            [
                Copy(self._fresh(argument), ARGUMENTS[index], argument, None, None, 1.0)
                for index, argument in enumerate(entry.args)
            ]
        )
        self._block_ops(entry)

    def _block_ops(self, block: Block) -> None:
        for op in block.ops:
            if type(op) in _TERMINATORS:
                continue
            match op:
                case riscv_func.CallOp():
                    self._call(op)
                case riscv_func.ReturnOp():
                    self._return(op)
                case HwLoopOp():
                    self._hwloop(op)
                case IfOp():
                    self._if(op)
                case riscv_scf.ForOp():
                    self._for(op)
                case riscv_scf.WhileOp():
                    self._while(op)
                case HasRegisterConstraints():
                    self._instruction(op)
                case _:
                    raise DiagnosticException(
                        f"allocate-registers: function '{self.function.sym_name.data}' holds"
                        f" '{op.name}', which is no machine instruction"
                    )

    def _instruction(self, op: HasRegisterConstraints) -> None:
        ins, outs, inouts = op.get_register_constraints()
        uses = [register for value in ins for register in self._use(value)]
        defs: list[int] = []
        for result in outs:
            if number_of(result.type) not in (ZERO, SP):
                defs.append(self._fresh(result))
        copies: list[Copy] = []
        operands = list(op.operands)
        for old, new in inouts:
            register = self._fresh(new)
            copies.append(self._copy_in(op, operands.index(old), register))
            uses.append(register)
            defs.append(register)
        self._emit_copies(copies)
        if uses or defs:
            self._emit(Node(uses=tuple(uses), defs=tuple(defs)))

    def _call(self, op: riscv_func.CallOp) -> None:
        self.has_calls = True
        callee = op.callee.string_value()
        if len(op.args) > len(ARGUMENTS) or len(op.ress) > len(RESULTS):
            raise DiagnosticException(
                f"call of '{callee}' with {len(op.args)} arguments and {len(op.ress)} results; at"
                f" most {len(ARGUMENTS)} and {len(RESULTS)} fit registers: use memory for the rest"
            )
        self._emit_copies(
            [self._copy_in(op, index, ARGUMENTS[index]) for index in range(len(op.args))]
        )
        self._emit(
            Node(
                uses=ARGUMENTS[: len(op.args)],
                defs=tuple({*overwritten_by(op), *RESULTS[: len(op.ress)]}),
                is_call=True,
            )
        )
        self._emit_copies(
            [
                Copy(self._fresh(result), RESULTS[index], result, op, None, self._weight)
                for index, result in enumerate(op.ress)
            ]
        )

    def _return(self, op: riscv_func.ReturnOp) -> None:
        if len(op.values) > len(RESULTS):
            raise DiagnosticException(
                f"function '{self.function.sym_name.data}' returns {len(op.values)} values; at"
                f" most {len(RESULTS)} fit registers"
            )
        self._emit_copies(
            [self._copy_in(op, index, RESULTS[index]) for index in range(len(op.values))]
        )
        self._emit(Node(uses=RESULTS[: len(op.values)]))

    def _yield_copies(self, block: Block, targets: Sequence[int], skip: int = 0) -> None:
        last = block.last_op
        assert last is not None
        self._emit_copies(
            [self._copy_in(last, skip + index, target) for index, target in enumerate(targets)]
        )

    def _hwloop(self, op: HwLoopOp) -> None:
        first = 0 if op.count is None else 1
        webs = [
            self._fresh(argument, result)
            for argument, result in zip(op.body.block.args, op.res, strict=True)
        ]
        self._emit_copies([self._copy_in(op, first + i, web) for i, web in enumerate(webs)])
        if op.count is not None:
            self._emit(Node(uses=self._use(op.count)))
        before = self._block
        body = self._start_block(before)
        outer, self._weight = self._weight, self._weight * LOOP_WEIGHT
        self._block_ops(op.body.block)
        self._yield_copies(op.body.block, webs)
        self._weight = outer
        latch = self._block
        self.blocks[latch].successors.append(body)
        self._start_block(latch, *(() if op.never_empty else (before,)))

    def _for(self, op: riscv_scf.ForOp) -> None:
        counter, *arguments = op.body.block.args
        first = len(op.operands) - len(op.iter_args)
        # The counter's register is stepped in place at the end of the body.
        counter_web = self._fresh(counter)
        webs = [
            self._fresh(argument, result)
            for argument, result in zip(arguments, op.res, strict=True)
        ]
        self._emit_copies(
            [
                self._copy_in(op, 0, counter_web),
                *(self._copy_in(op, first + index, web) for index, web in enumerate(webs)),
            ]
        )
        stop = self._use(op.stop)
        self._emit(Node(uses=(counter_web, *stop)))
        before = self._block
        body = self._start_block(before)
        outer, self._weight = self._weight, self._weight * LOOP_WEIGHT
        self._block_ops(op.body.block)
        self._yield_copies(op.body.block, webs)
        step = () if op.step_val is None else self._use(op.step_val)
        self._emit(Node(uses=(counter_web, *step), defs=(counter_web,)))
        self._emit(Node(uses=(counter_web, *stop)))
        self._weight = outer
        latch = self._block
        self.blocks[latch].successors.append(body)
        self._start_block(latch, before)

    def _while(self, op: riscv_scf.WhileOp) -> None:
        before, after = op.before_region.block, op.after_region.block
        webs = [self._fresh(argument) for argument in before.args]
        results = [
            self._fresh(argument, result)
            for argument, result in zip(after.args, op.res, strict=True)
        ]
        self._emit_copies([self._copy_in(op, index, web) for index, web in enumerate(webs)])
        test = self._start_block(self._block)
        outer, self._weight = self._weight, self._weight * LOOP_WEIGHT
        self._block_ops(before)
        condition = before.last_op
        assert isinstance(condition, riscv_scf.ConditionOp)
        self._yield_copies(before, results, skip=1)
        self._emit(Node(uses=self._use(condition.cond)))
        decide = self._block
        self._start_block(decide)
        self._block_ops(after)
        self._yield_copies(after, webs)
        self._weight = outer
        self.blocks[self._block].successors.append(test)
        self._start_block(decide)

    def _if(self, op: IfOp) -> None:
        rhs = () if op.rhs is None else self._use(op.rhs)
        self._emit(Node(uses=(*self._use(op.lhs), *rhs)))
        webs = [self._fresh(result) for result in op.res]
        before = self._block
        outer, self._weight = self._weight, self._weight * BRANCH_WEIGHT
        ends: list[int] = []
        for region in (op.then_region, op.else_region):
            self._start_block(before)
            self._block_ops(region.block)
            self._yield_copies(region.block, webs)
            ends.append(self._block)
        self._weight = outer
        self._start_block(*ends)

    # endregion
