"""Random structured programs on virtual registers.

Every value that is made joins a pool, and the pool is folded into the result at the end: a
program has as many live values as it is told to. Loops are short, so that programs end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from xdsl.builder import Builder
from xdsl.dialects import riscv_func, riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, SymbolRefAttr, UnitAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.attrs import si12
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from nmc.backend.machine.registers import TYPES, UNALLOCATED, ZERO
from nmc.dialects.xnm import XdecimateM8Op
from nmc.dialects.xpulp.bits import PExtractuOp, PInsertOp
from nmc.dialects.xpulp.control import PREDICATES, HwLoopOp, IfOp, YieldOp
from nmc.dialects.xpulp.dot import PvSdotspBOp
from nmc.dialects.xpulp.fixed_point import PAddRNOp, PAddRNrOp
from nmc.dialects.xpulp.lanes import PvPackhiBOp, PvShuffle2BOp
from nmc.dialects.xpulp.loads import PLwPostOp, PLwPostRegOp, PLwRegOp
from nmc.dialects.xpulp.multiply import PMacOp
from nmc.dialects.xpulp.stores import PSwPostOp

PLAIN = (riscv.AddOp, riscv.SubOp, riscv.XorOp, riscv.AndOp, riscv.MulOp, riscv.SltuOp)
TIED = (PMacOp, PvSdotspBOp, PAddRNrOp, PvPackhiBOp, PvShuffle2BOp, XdecimateM8Op)


class ProgramMaker:
    """Makes modules with `@main(8 values) -> 2 values` and a helper it calls."""

    def __init__(self, random: Random, values: int, statements: int):
        self.random = random
        self.values = values
        self.statements = statements
        self.builder = Builder(InsertPoint.at_end(Block()))

    def module(self) -> ModuleOp:
        """A new random module."""
        helper = self._function("helper", 3, 0, 4, calls=False)
        main = self._function("main", 8, self.values, self.statements, calls=True)
        return ModuleOp([helper, main])

    def _function(
        self, name: str, arguments: int, values: int, statements: int, *, calls: bool
    ) -> riscv_func.FuncOp:
        block = Block(arg_types=[UNALLOCATED] * arguments)
        self.builder = Builder(InsertPoint.at_end(block))
        self.calls = calls
        pool: list[SSAValue] = list(block.args)
        pool += [self._make(pool) for _ in range(values)]
        self._statements(pool, statements, depth=0, straight=False)
        self.random.shuffle(pool)
        results = [self._fold(pool[: len(pool) // 2]), self._fold(pool[len(pool) // 2 :])]
        results = results[: 2 if arguments == 8 else 1]
        self.builder.insert(riscv_func.ReturnOp(*results))
        types = [UNALLOCATED] * arguments, [UNALLOCATED] * len(results)
        return riscv_func.FuncOp(name, Region(block), types)

    def _insert(self, op: Operation) -> SSAValue:
        return self.builder.insert(op).results[0]

    def _fold(self, pool: list[SSAValue]) -> SSAValue:
        total = self._insert(rv32.LiOp(1))
        for value in pool:
            total = self._insert(riscv.XorOp(total, value))
            total = self._insert(riscv.AddiOp(total, 13))
        return total

    def _inside(self, block: Block, fill: Callable[[], None]) -> None:
        outer, self.builder = self.builder, Builder(InsertPoint.at_end(block))
        fill()
        self.builder = outer

    # region instructions

    def _make(self, pool: list[SSAValue]) -> SSAValue:
        """A new value from those in the pool."""
        choice = self.random
        a, b, c = (choice.choice(pool) for _ in range(3))
        match choice.randrange(12):
            case 0:
                return self._insert(rv32.LiOp(choice.choice([0, 7, -2048, 4096, 123456789])))
            case 1:
                return self._insert(riscv.AddiOp(a, choice.randrange(-2048, 2048)))
            case 2 | 3:
                return self._insert(choice.choice(PLAIN)(a, b))
            case 4 | 5:
                return self._insert(choice.choice(TIED)(a, b, c))
            case 6:
                return self._insert(PAddRNOp(a, b, choice.randrange(32)))
            case 7:
                return self._insert(PInsertOp(a, b, choice.randrange(8), choice.randrange(24)))
            case 8:
                return self._insert(riscv.LwOp(a, choice.choice([0, 4, 8])))
            case 9:
                return self._insert(PLwRegOp(a, b))
            case 10:
                return self._insert(PExtractuOp(a, choice.randrange(31), 0))
            case _:
                return self._insert(riscv.MVOp(a, rd=UNALLOCATED))

    def _statement(self, pool: list[SSAValue]) -> None:
        """Some instructions, perhaps with effects."""
        choice = self.random
        a, b = choice.choice(pool), choice.choice(pool)
        match choice.randrange(8):
            case 0:
                self.builder.insert(riscv.SwOp(a, b, choice.choice([0, 4, 8])))
            case 1:
                pool.append(self._insert(PSwPostOp(a, b, 4)))
            case 2:
                load = self.builder.insert(PLwPostOp(a, 8))
                pool += load.results
            case 3:
                load = self.builder.insert(PLwPostRegOp(a, b))
                pool += load.results
            case 4:
                pool.append(self._insert(riscv.LwOp(a, 4)))
                pool.append(self._insert(riscv.LbuOp(a, 0)))
                pool.append(self._insert(riscv.AddiOp(a, 12)))
            case _:
                pool.append(self._make(pool))

    def _statements(self, pool: list[SSAValue], number: int, *, depth: int, straight: bool) -> None:
        for _ in range(number):
            kind = self.random.randrange(10)
            if straight or depth >= 3 or kind < 5:
                self._statement(pool)
            elif kind == 5:
                self._hwloop(pool, depth)
            elif kind == 6:
                self._for(pool, depth)
            elif kind == 7:
                self._while(pool, depth)
            elif kind == 8 or not self.calls:
                self._if(pool, depth)
            else:
                arguments = [self.random.choice(pool) for _ in range(3)]
                call = riscv_func.CallOp(SymbolRefAttr("helper"), arguments, [UNALLOCATED])
                pool.append(self._insert(call))

    # endregion
    # region structure

    def _carried(self, pool: list[SSAValue]) -> list[SSAValue]:
        return [self.random.choice(pool) for _ in range(self.random.randrange(5))]

    def _body(
        self, pool: list[SSAValue], own: Sequence[SSAValue], depth: int, *, straight: bool
    ) -> list[SSAValue]:
        """Fill a body; returns as many values to hand on as `own` has."""
        inner = [*pool, *own]
        self._statements(inner, self.random.randrange(1, 6), depth=depth + 1, straight=straight)
        return [self.random.choice([*own, *inner[-4:]]) for _ in own]

    def _hwloop(self, pool: list[SSAValue], depth: int) -> None:
        carried = self._carried(pool)
        block = Block(arg_types=[UNALLOCATED] * len(carried))

        def fill() -> None:
            own = list(block.args)
            if self.random.randrange(3) == 0:
                inner = Block()
                self._inside(
                    inner,
                    lambda: (
                        self._statement([*pool, *own]),
                        self.builder.insert(YieldOp()),
                    )[0],
                )
                self.builder.insert(HwLoopOp(2, [], inner))
            self.builder.insert(YieldOp(*self._body(pool, own, depth, straight=True)))

        self._inside(block, fill)
        count: SSAValue | int = self.random.randrange(1, 4)
        if self.random.randrange(2):
            count = self._insert(riscv.AndiOp(self.random.choice(pool), 3))
        pool += self.builder.insert(HwLoopOp(count, carried, block)).results

    def _for(self, pool: list[SSAValue], depth: int) -> None:
        carried = self._carried(pool)
        block = Block(arg_types=[UNALLOCATED] * (1 + len(carried)))

        def fill() -> None:
            inside = [*pool, block.args[0]]
            straight = self.random.randrange(2) == 0
            handed_on = self._body(inside, list(block.args[1:]), depth, straight=straight)
            self.builder.insert(riscv_scf.YieldOp(*handed_on))

        self._inside(block, fill)
        start: SSAValue = self._insert(riscv.AndiOp(self.random.choice(pool), 3))
        if self.random.randrange(2):
            start = self._insert(rv32.LiOp(self.random.randrange(3)))
        stop = self._insert(riscv.AndiOp(self.random.choice(pool), 7))
        step: SSAValue | IntegerAttr = IntegerAttr(self.random.choice([1, 2, 3]), si12)
        if self.random.randrange(4) == 0:
            step = self._insert(rv32.LiOp(2))
        op = riscv_scf.ForOp(start, stop, step, carried, block)
        if self.random.randrange(3) == 0:
            # Make it true: stop > start.
            more = self._insert(riscv.AddiOp(start, self.random.randrange(1, 5)))
            op.operands[1] = more
            op.attributes["nonzero"] = UnitAttr()
        pool += self.builder.insert(op).results

    def _while(self, pool: list[SSAValue], depth: int) -> None:
        """Counts a value down to zero; hands on permuted values."""
        carried = self._carried(pool)
        limit = self._insert(riscv.AndiOp(self.random.choice(pool), 3))
        arguments = [limit, *carried]
        types = [UNALLOCATED] * len(arguments)
        before, after = Block(arg_types=types), Block(arg_types=types)

        def test() -> None:
            zero = self._insert(rv32.GetRegisterOp(TYPES[ZERO]))
            condition = self._insert(riscv.SltuOp(zero, before.args[0]))
            rest = list(before.args[1:])
            self.random.shuffle(rest)
            self.builder.insert(riscv_scf.ConditionOp(condition, before.args[0], *rest))

        def fill() -> None:
            handed_on = self._body(pool, list(after.args[1:]), depth, straight=False)
            less = self._insert(riscv.AddiOp(after.args[0], -1))
            self.builder.insert(riscv_scf.YieldOp(less, *handed_on))

        self._inside(before, test)
        self._inside(after, fill)
        op = riscv_scf.WhileOp(arguments, types, Region(before), Region(after))
        pool += self.builder.insert(op).results

    def _if(self, pool: list[SSAValue], depth: int) -> None:
        number = self.random.randrange(3)
        blocks = Block(), Block()
        for block in blocks:

            def fill() -> None:
                inner = list(pool)
                count = self.random.randrange(3)
                self._statements(inner, count, depth=depth + 1, straight=False)
                chosen = [self.random.choice(inner[-6:]) for _ in range(number)]
                self.builder.insert(YieldOp(*chosen))

            self._inside(block, fill)
        lhs = self.random.choice(pool)
        rhs: SSAValue | int = self.random.choice(pool)
        predicate = self.random.choice(PREDICATES)
        if self.random.randrange(2):
            rhs = 0
        elif predicate in ("eq", "ne") and self.random.randrange(2):
            rhs = self.random.randrange(-16, 16)
        types = [UNALLOCATED] * number
        op = IfOp(
            predicate,
            lhs,
            rhs,
            result_types=types,
            then_region=blocks[0],
            else_region=blocks[1],
        )
        pool += self.builder.insert(op).results

    # endregion
