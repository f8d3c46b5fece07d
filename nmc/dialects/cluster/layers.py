"""Layers and what their code says about cores: who runs it, when they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import (
    DictionaryAttr,
    IndexType,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoTerminator,
    Pure,
    RecursiveMemoryEffect,
    SingleBlockImplicitTerminator,
    ensure_terminator,
)
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class LayerOp(IRDLOperation):
    """One layer of the network: its buffers in L1 and the code all cores run.

    The region uses L2 buffers of the function around it. `plan` is the plan as `select-kernels`
    decided it, `info` what reports show (operation, shape, MACs). Before `parallelize` the code is
    for one core; after it (`cores` present) every core runs it, from the first operation to the
    last, and all cores meet at its end. `stream` are the cycles core 0 is estimated to spend on the
    weight stream: waiting for L3, and handling chunks and transfers.

        cluster.layer @conv1 plan {kernel = "dense-4x4"} info {op = "conv2d"} cores 8 {
          ...
        }
    """

    name = "cluster.layer"

    sym_name = prop_def(SymbolNameConstraint())
    plan = prop_def(DictionaryAttr)
    info = prop_def(DictionaryAttr)
    cores = opt_prop_def(IntegerAttr.constr(i64))
    stream = opt_prop_def(IntegerAttr.constr(i64))
    body = region_def("single_block")

    traits = traits_def(NoTerminator(), RecursiveMemoryEffect())
    assembly_format = (
        "$sym_name `plan` $plan `info` $info (`cores` $cores^)? (`stream` $stream^)? "
        "attr-dict-with-keyword $body"
    )

    def __init__(
        self,
        name: str,
        plan: Mapping[str, Attribute],
        info: Mapping[str, Attribute],
        body: Region | None = None,
        cores: int | None = None,
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "plan": DictionaryAttr(dict(plan)),
                "info": DictionaryAttr(dict(info)),
                "cores": None if cores is None else IntegerAttr(cores, i64),
            },
            regions=[Region(Block()) if body is None else body],
        )

    @property
    def core_count(self) -> int:
        """Cores that run the body; 1 before `parallelize`."""
        return 1 if self.cores is None else self.cores.value.data

    def verify_(self) -> None:
        if self.body.block.args:
            raise VerifyException("a layer's block takes no arguments")
        if self.cores is not None and self.cores.value.data < 1:
            raise VerifyException("a layer needs at least one core")
        if self.stream is not None and self.stream.value.data < 0:
            raise VerifyException("the cycles of the stream must not be negative")


@irdl_op_definition
class YieldOp(IRDLOperation):
    """The values a `cluster.master` region hands to the code after it."""

    name = "cluster.yield"
    values = var_operand_def()
    traits = lazy_traits_def(lambda: (IsTerminator(), Pure(), HasParent(MasterOp)))
    assembly_format = "attr-dict ($values^ `:` type($values))?"

    def __init__(self, values: Sequence[SSAValue] = ()):
        super().__init__(operands=[list(values)])


@irdl_op_definition
class MasterOp(IRDLOperation):
    """Code that core 0 alone runs: it drives the DMA.

    The results mean something on core 0 only; a token on another core is that of no transfer.

        %t = cluster.master -> (!cluster.token) {
          %s = cluster.dma_start ...
          cluster.yield %s : !cluster.token
        }
    """

    name = "cluster.master"
    outputs = var_result_def()
    body = region_def("single_block")
    traits = traits_def(RecursiveMemoryEffect(), SingleBlockImplicitTerminator(YieldOp))

    def __init__(self, operations: Sequence[Operation], values: Sequence[SSAValue] = ()):
        super().__init__(
            result_types=[[value.type for value in values]],
            regions=[Region(Block([*operations, YieldOp(values)]))],
        )

    @classmethod
    def parse(cls, parser: Parser) -> MasterOp:
        """Parse `cluster.master (-> (types))? attributes? region`."""
        types: Sequence[Attribute] = ()
        if parser.parse_optional_punctuation("->"):
            types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        region = parser.parse_region()
        op = cls.create(
            result_types=types,
            attributes={} if attributes is None else dict(attributes.data),
            regions=[region],
        )
        for trait in cls.get_traits_of_type(SingleBlockImplicitTerminator):
            ensure_terminator(op, trait)
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        if self.outputs:
            printer.print_string(" -> ")
            with printer.in_parens():
                printer.print_list(self.outputs.types, printer.print_attribute)
        if self.attributes:
            printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(
            self.body, print_entry_block_args=False, print_block_terminators=bool(self.outputs)
        )

    def verify_(self) -> None:
        last = self.body.block.last_op
        if not isinstance(last, YieldOp):
            raise VerifyException("a cluster.master region ends with cluster.yield")
        if tuple(last.values.types) != tuple(self.outputs.types):
            raise VerifyException("cluster.yield must yield the result types of cluster.master")
        if any(isinstance(op, BarrierOp) for op in self.body.walk()):
            raise VerifyException("a barrier inside cluster.master would wait for ever")


@irdl_op_definition
class GroupsOp(IRDLOperation):
    """The range [0, total) in consecutive groups of at most `size`, in order.

    The block's arguments are the first position of the group and the number of positions in it.
    `parallelize` makes it a loop: of all cores together, or of each core over its own share.

        cluster.groups %pixels by 32 {
        ^0(%first : index, %count : index):
          ...
        }

    `from 8 growth 1`: groups grow. The first has eight positions, and behind one of n eights comes
    one of n + n / 2**1, rounded up; none has more than `size`.
    """

    name = "cluster.groups"
    total = operand_def(IndexType())
    size = prop_def(IntegerAttr.constr(i64))
    lead = opt_prop_def(IntegerAttr.constr(i64))
    growth = opt_prop_def(IntegerAttr.constr(i64))
    body = region_def("single_block")
    traits = traits_def(NoTerminator(), RecursiveMemoryEffect())
    assembly_format = (
        "$total `by` $size (`from` $lead^ `growth` $growth)? attr-dict-with-keyword $body"
    )

    def __init__(self, total: SSAValue, size: int, lead: int = 0, growth: int = 0):
        grows = {"lead": IntegerAttr(lead, i64), "growth": IntegerAttr(growth, i64)}
        super().__init__(
            operands=[total],
            properties={"size": IntegerAttr(size, i64), **(grows if lead else {})},
            regions=[Region(Block(arg_types=[IndexType(), IndexType()]))],
        )

    def verify_(self) -> None:
        if self.size.value.data < 1:
            raise VerifyException("a group holds at least one position")
        if (self.lead is None) != (self.growth is None):
            raise VerifyException("groups that grow have both 'lead' and 'growth'")
        if self.lead is not None and not 1 <= self.lead.value.data <= self.size.value.data:
            raise VerifyException("the first group holds at least one position, at most the size")
        if self.growth is not None and self.growth.value.data < 0:
            raise VerifyException("groups do not shrink: 'growth' is 0 or more")
        if [arg.type for arg in self.body.block.args] != [IndexType(), IndexType()]:
            raise VerifyException("the block takes the first position and the count, both index")


@irdl_op_definition
class BarrierOp(IRDLOperation):
    """All cores wait for each other here. Every core must execute the same sequence of barriers.

    cluster.barrier
    """

    name = "cluster.barrier"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "attr-dict"


@irdl_op_definition
class CoreIdOp(IRDLOperation):
    """The number of the core that executes it, from 0.

    %core = cluster.core_id
    """

    name = "cluster.core_id"
    result = result_def(IndexType())
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[IndexType()])


@irdl_op_definition
class ShareOp(IRDLOperation):
    """The range [lo, hi) of `total` that belongs to one of `parts` equal parts.

    Total is cut into u = ceil(total / step) units of `step` (the last one ragged); part p gets the
    units [p*u/parts, (p+1)*u/parts), so no two parts differ by more than one unit. A part number
    of `parts` or more gets the empty range.

        %lo, %hi = cluster.share %n part %p of 4 step 2
    """

    name = "cluster.share"
    total = operand_def(IndexType())
    part = operand_def(IndexType())
    parts = prop_def(IntegerAttr.constr(i64))
    step = prop_def(IntegerAttr.constr(i64))
    lower = result_def(IndexType())
    upper = result_def(IndexType())
    traits = traits_def(Pure())
    assembly_format = "$total `part` $part `of` $parts `step` $step attr-dict"

    def __init__(self, total: SSAValue, part: SSAValue, parts: int, step: int = 1):
        super().__init__(
            operands=[total, part],
            properties={"parts": IntegerAttr(parts, i64), "step": IntegerAttr(step, i64)},
            result_types=[IndexType(), IndexType()],
        )

    def verify_(self) -> None:
        if self.parts.value.data < 1 or self.step.value.data < 1:
            raise VerifyException("parts and step must be at least 1")


def share_of(total: int, part: int, parts: int, step: int) -> tuple[int, int]:
    """The range `cluster.share` gives, on integers: its definition."""
    if part >= parts:
        return (total, total)
    units = -(-total // step)
    low, high = part * units // parts, (part + 1) * units // parts
    return (min(total, low * step), min(total, high * step))
