"""Structured control flow of the machine level that xDSL's `riscv_scf` lacks.

`xpulp.hwloop` is a hardware loop before labels exist; `xpulp.if` is a two-way branch whose
condition is the comparison a branch instruction does. Both disappear in `flatten-control-flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr
from xdsl.dialects.riscv.registers import IntRegisterType, RISCVRegisterType
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsTerminator,
    NoMemoryEffect,
    RecursiveMemoryEffect,
    SingleBlockImplicitTerminator,
    ensure_terminator,
)
from xdsl.utils.exceptions import VerifyException

from .formats import UI12, Value, ui12

PREDICATES = ("eq", "ne", "lt", "ge", "ltu", "geu")
NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "ltu": "geu", "geu": "ltu"}


@irdl_op_definition
class YieldOp(AbstractYieldOperation[RISCVRegisterType]):
    """Ends a region of `xpulp.hwloop` or `xpulp.if` with the values it hands on."""

    name = "xpulp.yield"
    traits = lazy_traits_def(lambda: (IsTerminator(), HasParent(HwLoopOp, IfOp), NoMemoryEffect()))


def _verify_yield(op: Operation, region: Region, what: str, types: Sequence[Attribute]) -> None:
    last = region.block.last_op
    if not isinstance(last, YieldOp):
        raise VerifyException(f"{op.name}: the {what} must end with xpulp.yield")
    if tuple(last.arguments.types) != tuple(types):
        raise VerifyException(f"{op.name}: the {what} yields other types than the results'")


@irdl_op_definition
class HwLoopOp(IRDLOperation):
    """Runs its body `count` times without loop overhead.

        %acc2 = xpulp.hwloop %n : !riscv.reg iter_args(%acc = %a : !riscv.reg) {
          ...
          xpulp.yield %acc1 : !riscv.reg
        }
        xpulp.hwloop 16 { ... }

    The count is a register or a constant 1..4095. With a register, `nonzero` states that it is at
    least 1 (signed); without it, a count of 0 or less runs nothing, which costs a branch. At most
    two levels nest; a body holds no other control flow.
    """

    name = "xpulp.hwloop"
    count = opt_operand_def(IntRegisterType)
    iter_args = var_operand_def(RISCVRegisterType)
    count_attr = opt_prop_def(IntegerAttr[UI12], prop_name="constant_count")
    nonzero = opt_prop_def(UnitAttr)
    res = var_result_def(RISCVRegisterType)
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(SingleBlockImplicitTerminator(YieldOp), RecursiveMemoryEffect())

    MAX_COUNT: ClassVar[int] = 4095

    def __init__(
        self,
        count: Value | int,
        iter_args: Sequence[Value],
        body: Region | Block,
        *,
        nonzero: bool = False,
    ):
        constant = IntegerAttr(count, ui12) if isinstance(count, int) else None
        super().__init__(
            operands=[None if isinstance(count, int) else count, list(iter_args)],
            properties={"constant_count": constant, "nonzero": UnitAttr() if nonzero else None},
            result_types=[[SSAValue.get(value).type for value in iter_args]],
            regions=[body if isinstance(body, Region) else Region(body)],
        )

    @property
    def never_empty(self) -> bool:
        """Whether the body is known to run at least once."""
        return self.count_attr is not None or self.nonzero is not None

    def verify_(self) -> None:
        if (self.count is None) == (self.count_attr is None):
            raise VerifyException(f"{self.name}: the count is a register or a constant")
        if self.count_attr is not None and self.count_attr.value.data < 1:
            raise VerifyException(f"{self.name}: a constant count is at least 1")
        types = tuple(self.iter_args.types)
        if tuple(self.body.block.arg_types) != types:
            raise VerifyException(f"{self.name}: block arguments must match iter_args")
        _verify_yield(self, self.body, "body", types)

    def print(self, printer: Printer) -> None:
        if self.count_attr is not None:
            printer.print_string(f" {self.count_attr.value.data}")
        else:
            assert self.count is not None
            printer.print_string(" ")
            printer.print_ssa_value(self.count)
            printer.print_string(" : ")
            printer.print_attribute(self.count.type)
        if self.nonzero is not None:
            printer.print_string(" nonzero")
        block = self.body.block
        if self.iter_args:
            printer.print_string(" iter_args(")
            for index, (argument, value) in enumerate(zip(block.args, self.iter_args, strict=True)):
                if index:
                    printer.print_string(", ")
                printer.print_ssa_value(argument)
                printer.print_string(" = ")
                printer.print_ssa_value(value)
                printer.print_string(" : ")
                printer.print_attribute(value.type)
            printer.print_string(")")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(
            self.body,
            print_entry_block_args=False,
            print_block_terminators=bool(self.iter_args),
        )

    @classmethod
    def parse(cls, parser: Parser) -> HwLoopOp:
        count: SSAValue | int
        constant = parser.parse_optional_integer(allow_boolean=False, allow_negative=False)
        if constant is not None:
            count = constant
        else:
            unresolved = parser.parse_unresolved_operand("a register or a constant count")
            parser.parse_punctuation(":")
            count = parser.resolve_operand(unresolved, parser.parse_type())
        nonzero = parser.parse_optional_keyword("nonzero") is not None

        def parse_one() -> tuple[Parser.Argument, SSAValue]:
            argument = parser.parse_argument(expect_type=False)
            parser.parse_punctuation("=")
            operand = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            type_ = parser.parse_type()
            return argument.resolve(type_), parser.resolve_operand(operand, type_)

        pairs: list[tuple[Parser.Argument, SSAValue]] = []
        if parser.parse_optional_keyword("iter_args"):
            pairs = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parse_one)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region([argument for argument, _ in pairs])
        op = cls(count, [value for _, value in pairs], body, nonzero=nonzero)
        if attributes is not None:
            op.attributes |= attributes.data
        for trait in op.get_traits_of_type(SingleBlockImplicitTerminator):
            ensure_terminator(op, trait)
        return op


@irdl_op_definition
class IfOp(IRDLOperation):
    """Runs one of two regions by comparing two registers, or a register with a constant.

        %r = xpulp.if lt %a, %b : !riscv.reg, !riscv.reg -> (!riscv.reg) {
          xpulp.yield %x : !riscv.reg
        } else {
          xpulp.yield %y : !riscv.reg
        }
        xpulp.if ne %flag, 0 : !riscv.reg { ... }

    Predicates: eq, ne, lt, ge (signed), ltu, geu (unsigned). The constant is 0 with any of them
    (register x0), or -16..15 with eq and ne (`p.beqimm`, `p.bneimm`).
    """

    name = "xpulp.if"
    lhs = operand_def(IntRegisterType)
    rhs = opt_operand_def(IntRegisterType)
    predicate = prop_def(StringAttr)
    immediate = opt_prop_def(IntegerAttr)
    res = var_result_def(RISCVRegisterType)
    then_region = region_def("single_block")
    else_region = region_def("single_block")
    traits = traits_def(SingleBlockImplicitTerminator(YieldOp), RecursiveMemoryEffect())

    def __init__(
        self,
        predicate: str,
        lhs: Value,
        rhs: Value | int,
        *,
        result_types: Sequence[Attribute] = (),
        then_region: Region | Block,
        else_region: Region | Block | None = None,
    ):
        if else_region is None:
            else_region = Block([YieldOp()])
        super().__init__(
            operands=[lhs, None if isinstance(rhs, int) else rhs],
            properties={
                "predicate": StringAttr(predicate),
                "immediate": IntegerAttr(rhs, 32) if isinstance(rhs, int) else None,
            },
            result_types=[list(result_types)],
            regions=[
                region if isinstance(region, Region) else Region(region)
                for region in (then_region, else_region)
            ],
        )

    @property
    def constant(self) -> int | None:
        """The constant compared with, None if a register is."""
        return None if self.immediate is None else self.immediate.value.data

    def verify_(self) -> None:
        predicate = self.predicate.data
        if predicate not in PREDICATES:
            raise VerifyException(f"{self.name}: unknown predicate '{predicate}'")
        if (self.rhs is None) == (self.immediate is None):
            raise VerifyException(f"{self.name}: compares with a register or a constant")
        constant = self.constant
        if constant and (predicate not in ("eq", "ne") or not -16 <= constant <= 15):
            raise VerifyException(
                f"{self.name}: '{predicate}' with constant {constant}: only eq and ne take a"
                " constant other than 0, and only -16 to 15"
            )
        types = tuple(self.res.types)
        for region, what in ((self.then_region, "then"), (self.else_region, "else")):
            if region.block.args:
                raise VerifyException(f"{self.name}: the {what} region takes no arguments")
            _verify_yield(self, region, f"{what} region", types)

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.predicate.data} ")
        printer.print_ssa_value(self.lhs)
        printer.print_string(", ")
        if self.rhs is not None:
            printer.print_ssa_value(self.rhs)
        else:
            printer.print_string(str(self.constant))
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)
        if self.rhs is not None:
            printer.print_string(", ")
            printer.print_attribute(self.rhs.type)
        if self.res:
            printer.print_string(" -> (")
            printer.print_list(self.res.types, printer.print_attribute)
            printer.print_string(")")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        keep = bool(self.res)
        printer.print_region(self.then_region, print_block_terminators=keep)
        if keep or len(self.else_region.block.ops) > 1:
            printer.print_string(" else ")
            printer.print_region(self.else_region, print_block_terminators=keep)

    @classmethod
    def parse(cls, parser: Parser) -> IfOp:
        predicate = parser.parse_identifier("a predicate")
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs: UnresolvedOperand | int | None = parser.parse_optional_integer(allow_boolean=False)
        if rhs is None:
            rhs = parser.parse_unresolved_operand("a register or a constant")
        parser.parse_punctuation(":")
        lhs_value = parser.resolve_operand(lhs, parser.parse_type())
        rhs_value: SSAValue | int
        if isinstance(rhs, UnresolvedOperand):
            parser.parse_punctuation(",")
            rhs_value = parser.resolve_operand(rhs, parser.parse_type())
        else:
            rhs_value = rhs
        types: Sequence[Attribute] = ()
        if parser.parse_optional_punctuation("->"):
            types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        then_region = parser.parse_region()
        else_region = parser.parse_region() if parser.parse_optional_keyword("else") else None
        op = cls(
            predicate,
            lhs_value,
            rhs_value,
            result_types=types,
            then_region=then_region,
            else_region=else_region,
        )
        if attributes is not None:
            op.attributes |= attributes.data
        for trait in op.get_traits_of_type(SingleBlockImplicitTerminator):
            ensure_terminator(op, trait)
        return op


OPERATIONS = (YieldOp, HwLoopOp, IfOp)
