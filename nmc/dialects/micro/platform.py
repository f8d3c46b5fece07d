"""What a kernel asks the cluster."""

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

from nmc.dialects.micro.types import I32Attr, Word, word_attr


@irdl_op_definition
class CoreIdOp(IRDLOperation):
    """The number of this core in its cluster, 0 the first.

    %id = micro.core_id
    """

    name = "micro.core_id"
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self):
        super().__init__(result_types=[i32])


@irdl_op_definition
class EventWaitOp(IRDLOperation):
    """A read of an event-unit register that sleeps until the event has come.

    %e = micro.event_wait %unit[60]
    """

    name = "micro.event_wait"
    address = operand_def(Word)
    offset = prop_def(I32Attr)
    result = result_def(Word)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$address `[` $offset `]` attr-dict"

    def __init__(self, address: SSAValue, offset: int):
        super().__init__(
            operands=[address], properties={"offset": word_attr(offset)}, result_types=[i32]
        )
