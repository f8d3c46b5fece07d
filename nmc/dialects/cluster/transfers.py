"""Moving bytes between L1 and the outer memories."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IndexType, IntegerAttr, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.cluster.attributes import Space, TokenType, check_buffer, space_of


def _stride(value: int | None) -> IntegerAttr | None:
    return None if value is None else IntegerAttr(value, i64)


class TransferOperation(IRDLOperation):
    """What a synchronous and a started transfer share.

    `lines` lines of `length` bytes each (one line where `lines` is absent). In the outer memory a
    line starts `stride` bytes after the one before, in L1 `pitch` bytes; either is `length` where
    absent. One side is in L1. Offsets and lengths are in bytes.
    """

    source = operand_def()
    source_offset = operand_def(IndexType())
    destination = operand_def()
    destination_offset = operand_def(IndexType())
    length = operand_def(IndexType())
    lines = opt_operand_def(IndexType())
    stride = opt_prop_def(IntegerAttr.constr(i64))
    pitch = opt_prop_def(IntegerAttr.constr(i64))

    def __init__(
        self,
        source: SSAValue,
        source_offset: SSAValue,
        destination: SSAValue,
        destination_offset: SSAValue,
        length: SSAValue,
        *,
        lines: SSAValue | None = None,
        stride: int | None = None,
        pitch: int | None = None,
        result_types: Sequence[Attribute] = (),
    ):
        super().__init__(
            operands=[
                source,
                source_offset,
                destination,
                destination_offset,
                length,
                [] if lines is None else [lines],
            ],
            properties={"stride": _stride(stride), "pitch": _stride(pitch)},
            result_types=result_types,
        )

    @property
    def inward(self) -> bool:
        """Whether the bytes move into L1."""
        return space_of(self.destination.type) is Space.L1

    @property
    def local(self) -> SSAValue:
        """The buffer in L1."""
        return self.destination if self.inward else self.source

    @property
    def local_offset(self) -> SSAValue:
        """The byte offset into the buffer in L1."""
        return self.destination_offset if self.inward else self.source_offset

    @property
    def outer(self) -> SSAValue:
        """The buffer in L2 or L3."""
        return self.source if self.inward else self.destination

    @property
    def outer_offset(self) -> SSAValue:
        """The byte offset into the buffer in L2 or L3."""
        return self.source_offset if self.inward else self.destination_offset

    def strides(self) -> tuple[int | None, int | None]:
        """The distance between lines in the outer memory and in L1, None = the length."""
        return (
            None if self.stride is None else self.stride.value.data,
            None if self.pitch is None else self.pitch.value.data,
        )

    def verify_(self) -> None:
        check_buffer(self.source.type, tuple(Space), "the source")
        check_buffer(self.destination.type, tuple(Space), "the destination")
        spaces = (space_of(self.source.type), space_of(self.destination.type))
        if spaces.count(Space.L1) != 1:
            raise VerifyException("exactly one side of a transfer must be in l1")
        if spaces[1] is Space.L3:
            raise VerifyException("l3 holds constants: it cannot be written")
        if self.lines is None and (self.stride is not None or self.pitch is not None):
            raise VerifyException("a stride or pitch needs a number of lines")
        if any(value is not None and value < 0 for value in self.strides()):
            raise VerifyException("stride and pitch must not be negative")


_FORMAT = (
    "$source `[` $source_offset `]` `to` $destination `[` $destination_offset `]` "
    "`length` $length (`lines` $lines^)? (`stride` $stride^)? (`pitch` $pitch^)? attr-dict "
    "`:` type($source) `to` type($destination)"
)


@irdl_op_definition
class CopyOp(TransferOperation):
    """Move bytes and wait for them: what the schedule says before DMA is overlapped.

    cluster.copy %x[%o] to %t[%zero] length %n lines %rows stride 64
        : memref<4096xi8, #cluster.space<l2>> to memref<512xi8, #cluster.space<l1>>
    """

    name = "cluster.copy"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = _FORMAT


@irdl_op_definition
class DmaStartOp(TransferOperation):
    """Start moving bytes; they may be used only after a wait on the token.

    %token = cluster.dma_start %x[%o] to %t[%zero] length %n
        : memref<4096xi8, #cluster.space<l2>> to memref<512xi8, #cluster.space<l1>>
    """

    name = "cluster.dma_start"
    token = result_def(TokenType())
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = _FORMAT

    def __init__(
        self,
        source: SSAValue,
        source_offset: SSAValue,
        destination: SSAValue,
        destination_offset: SSAValue,
        length: SSAValue,
        *,
        lines: SSAValue | None = None,
        stride: int | None = None,
        pitch: int | None = None,
    ):
        super().__init__(
            source,
            source_offset,
            destination,
            destination_offset,
            length,
            lines=lines,
            stride=stride,
            pitch=pitch,
            result_types=[TokenType()],
        )


@irdl_op_definition
class DmaNoneOp(IRDLOperation):
    """A token of no transfer: waiting on it does nothing. The initial value in loops.

    %token = cluster.dma_none
    """

    name = "cluster.dma_none"
    token = result_def(TokenType())
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[TokenType()])


@irdl_op_definition
class DmaWaitOp(IRDLOperation):
    """Wait until the transfers of the tokens are complete. A token is waited on once.

    cluster.dma_wait %a, %b
    """

    name = "cluster.dma_wait"
    tokens = var_operand_def(TokenType())
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$tokens attr-dict"

    def __init__(self, tokens: Sequence[SSAValue]):
        super().__init__(operands=[list(tokens)])
