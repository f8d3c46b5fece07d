"""Operations that name memory: packed constants, buffers, and ranges of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryAllocEffect, NoMemoryEffect, Pure, SymbolOpInterface, SymbolTable
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.cluster.attributes import (
    Space,
    SpaceAttr,
    buffer_type,
    check_buffer,
    size_of,
    space_of,
)


def address_attr(address: int | None) -> IntegerAttr | None:
    """An absolute address as the attribute `cluster.alloc` and `cluster.data` carry."""
    return None if address is None else IntegerAttr(address, i64)


def dense_bytes(raw: bytes) -> DenseIntOrFPElementsAttr:
    """Bytes as `dense<..> : tensor<Nxi8>`."""
    return DenseIntOrFPElementsAttr(TensorType(i8, [len(raw)]), BytesAttr(raw))


@irdl_op_definition
class DataOp(IRDLOperation):
    """Packed constant bytes, loaded with the program and never written.

    The space is where they lie: `l2` (resident) or `l3` (streamed at every inference). The address
    is absolute, given by `plan-memory`.

        cluster.data @conv1.weights <l2> = dense<[1, 2]> : tensor<2xi8> at 469827584
    """

    name = "cluster.data"

    sym_name = prop_def(SymbolNameConstraint())
    space = prop_def(SpaceAttr)
    value = prop_def(DenseIntOrFPElementsAttr)
    address = opt_prop_def(IntegerAttr.constr(i64))

    traits = traits_def(SymbolOpInterface(), NoMemoryEffect())
    assembly_format = "$sym_name $space `=` $value (`at` $address^)? attr-dict"

    def __init__(
        self, name: str, space: Space, value: bytes | NDArray[np.uint8], address: int | None = None
    ):
        raw = value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes()
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "space": SpaceAttr(space),
                "value": dense_bytes(raw),
                "address": address_attr(address),
            }
        )

    @property
    def size(self) -> int:
        """Bytes of data."""
        return len(self.value.data.data)

    @property
    def contents(self) -> NDArray[np.uint8]:
        """The bytes, uint8[size]."""
        return np.frombuffer(self.value.data.data, dtype=np.uint8)

    def verify_(self) -> None:
        if self.space.data is Space.L1:
            raise VerifyException("data cannot lie in l1: l1 is empty when the program starts")
        if self.value.get_element_type() != i8 or len(self.value.get_shape()) != 1:
            raise VerifyException("data must be a one-dimensional tensor of i8")


@irdl_op_definition
class GetDataOp(IRDLOperation):
    """The buffer of a `cluster.data`; its size and space are the data's.

    %w = cluster.get_data @conv1.weights : memref<2xi8, #cluster.space<l2>>
    """

    name = "cluster.get_data"

    data = prop_def(SymbolRefAttr)
    result = result_def()

    traits = traits_def(Pure())
    assembly_format = "$data attr-dict `:` type($result)"

    def __init__(self, name: str, size: int, space: Space):
        super().__init__(
            properties={"data": SymbolRefAttr(name)}, result_types=[buffer_type(size, space)]
        )

    @property
    def definition(self) -> DataOp | None:
        """The `cluster.data` referred to, None where there is none."""
        found = SymbolTable.lookup_symbol(self, self.data)
        return found if isinstance(found, DataOp) else None

    def verify_(self) -> None:
        check_buffer(self.result.type, (Space.L2, Space.L3), "data")


@irdl_op_definition
class PackedOp(IRDLOperation):
    """The tensor that a packed `cluster.data` stands for.

    `pack-weights` puts it in the place of a layer's constants until `tile` replaces the layer by
    code that reads the packed bytes.

        %w = cluster.packed @conv1.weights : tensor<64x3x3x16xi8>
    """

    name = "cluster.packed"

    data = prop_def(SymbolRefAttr)
    result = result_def(base(TensorType))

    traits = traits_def(Pure())
    assembly_format = "$data attr-dict `:` type($result)"

    def __init__(self, name: str, result_type: Attribute):
        super().__init__(properties={"data": SymbolRefAttr(name)}, result_types=[result_type])


@irdl_op_definition
class AllocOp(IRDLOperation):
    """A buffer in L1 (inside a layer) or L2 (an activation, in the function).

    The name is for people: memory maps, symbols. The address is absolute, given by `plan-memory`.

        %x = cluster.alloc "x" : memref<4096xi8, #cluster.space<l1>>
        %y = cluster.alloc "y" at 268435520 : memref<64xi8, #cluster.space<l1>>
    """

    name = "cluster.alloc"

    label = prop_def(StringAttr)
    address = opt_prop_def(IntegerAttr.constr(i64))
    result = result_def()

    traits = traits_def(MemoryAllocEffect())
    assembly_format = "$label (`at` $address^)? attr-dict `:` type($result)"

    def __init__(self, label: str, size: int, space: Space, address: int | None = None):
        super().__init__(
            properties={"label": StringAttr(label), "address": address_attr(address)},
            result_types=[buffer_type(size, space)],
        )
        self.result.name_hint = label if label.isidentifier() else None

    @property
    def size(self) -> int:
        """Bytes of the buffer."""
        return size_of(self.result.type)

    @property
    def space(self) -> Space:
        """L1 or L2."""
        return space_of(self.result.type)

    def verify_(self) -> None:
        check_buffer(self.result.type, (Space.L1, Space.L2), "an allocation")


@irdl_op_definition
class ViewOp(IRDLOperation):
    """The part of a buffer that starts at a byte offset, in the same space.

    %half = cluster.view %x[%offset] : memref<64xi8, ..> to memref<32xi8, ..>
    """

    name = "cluster.view"

    source = operand_def()
    offset = operand_def(IndexType())
    result = result_def()

    traits = traits_def(Pure())
    assembly_format = "$source `[` $offset `]` attr-dict `:` type($source) `to` type($result)"

    def __init__(self, source: SSAValue, offset: SSAValue | Operation, size: int):
        super().__init__(
            operands=[source, offset], result_types=[buffer_type(size, space_of(source.type))]
        )

    def verify_(self) -> None:
        check_buffer(self.source.type, tuple(Space), "the source of a view")
        check_buffer(self.result.type, tuple(Space), "a view")
        if space_of(self.source.type) is not space_of(self.result.type):
            raise VerifyException("a view stays in the space of its source")
        if size_of(self.result.type) > size_of(self.source.type):
            raise VerifyException("a view cannot be larger than its source")


@irdl_op_definition
class AddressOp(IRDLOperation):
    """The address of a buffer in L1 or L2 as an i32, the bridge to the micro level.

    `convert-tile-to-micro` makes these for the operands of tile operations;
    `convert-cluster-to-micro` turns them into constants and sums.

        %a = cluster.address %x : memref<64xi8, #cluster.space<l1>>
    """

    name = "cluster.address"

    source = operand_def()
    result = result_def(i32)

    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source)"

    def __init__(self, source: SSAValue | Operation):
        super().__init__(operands=[source], result_types=[i32])

    def verify_(self) -> None:
        check_buffer(self.source.type, (Space.L1, Space.L2), "the operand")


def root_of(value: SSAValue) -> SSAValue:
    """The allocation, data or argument a buffer value is a part of, through all views."""
    while isinstance(owner := value.owner, ViewOp):
        value = owner.source
    return value


def alloc_of(value: SSAValue) -> AllocOp | None:
    """The allocation a buffer value is a part of, None for data and arguments."""
    owner = root_of(value).owner
    return owner if isinstance(owner, AllocOp) else None
