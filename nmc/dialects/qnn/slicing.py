"""Parts of a tensor."""

from collections.abc import Sequence

from xdsl.dialects.builtin import StringAttr, TensorType
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import constant_value, dense_from_numpy
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    INTS,
    TENSOR,
    check_array,
    check_static,
    ints_attr,
    shape_of,
    tensor_type,
)


@irdl_op_definition
class SliceOp(CanonicalLayerOp, HasFolderInterface):
    """Every `steps`-th element from `offsets` on, along each axis, as many as the result has.

    ```
    %k = qnn.slice "keys" %x {offsets = array<i64: 0, 0, 384>, steps = array<i64: 1, 1, 1>}
       : tensor<1x197x1152xi8> -> tensor<1x197x384xi8>
    ```
    """

    name = "qnn.slice"

    input = operand_def(TENSOR)
    offsets = prop_def(INTS)
    steps = prop_def(INTS)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: SSAValue | Operation,
        *,
        layer: str,
        offsets: Sequence[int],
        sizes: Sequence[int],
        steps: Sequence[int],
    ):
        value = SSAValue.get(input)
        super().__init__(
            operands=[value],
            result_types=[TensorType(tensor_type(value).element_type, sizes)],
            properties={
                "layer": StringAttr(layer),
                "offsets": ints_attr(offsets),
                "steps": ints_attr(steps),
            },
        )

    @property
    def ranges(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """(offsets, sizes, steps) of the axes."""
        return self.offsets.get_values(), shape_of(self.result), self.steps.get_values()

    def index(self) -> tuple[slice, ...]:
        """The part as NumPy's index of the input."""
        return tuple(
            slice(offset, offset + (size - 1) * step + 1, step)
            for offset, size, step in zip(*self.ranges, strict=True)
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        source, result = shape_of(self.input), shape_of(self.result)
        if tensor_type(self.input).element_type != tensor_type(self.result).element_type:
            raise VerifyException("input and result must have one element type")
        if len(source) != len(result):
            raise VerifyException(f"the ranks of {self.input.type} and {self.result.type} differ")
        check_array("offsets", self.offsets.get_values(), len(source), 0)
        check_array("steps", self.steps.get_values(), len(source), 1)
        for axis, part in enumerate(self.index()):
            if part.stop > source[axis]:
                raise VerifyException(
                    f"axis {axis} is read up to index {part.stop - 1} of {source[axis]}"
                )

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if self.input.type == self.result.type:
            return (self.input,)
        value = constant_value(self.input)
        if value is None:
            return None
        return (dense_from_numpy(value[self.index()], tensor_type(self.result)),)
