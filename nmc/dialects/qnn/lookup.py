"""One-input functions through a table."""

from typing import Any

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, StringAttr, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import base, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import Array, dense_from_numpy, numpy_from_dense
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    QUANTIZED,
    check_shape,
    check_static,
    shape_of,
    tensor_type,
)
from nmc.numerics.lookup import ENTRIES


@irdl_op_definition
class LookupOp(CanonicalLayerOp):
    """A function of each element: its result for every byte is in a table.

    ```
    %y = qnn.lookup "gelu" %x table dense<"0x00010203..."> : tensor<256xi8>
       : tensor<1x197x1536xi8> -> tensor<1x197x1536xi8>
    ```

    Entry i is the result for the input whose byte is i: for int8 inputs the results of 0 to 127,
    then those of -128 to -1. The table has the result's element type, int8 or uint8.
    """

    name = "qnn.lookup"

    input = operand_def(QUANTIZED)
    table = prop_def(base(DenseIntOrFPElementsAttr))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = "$layer $input `table` $table attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue | Operation, *, layer: str, table: Array):
        dense = dense_from_numpy(table)
        value = SSAValue.get(input)
        result: TensorType[Any] = TensorType(dense.get_element_type(), shape_of(value))
        super().__init__(
            operands=[value],
            result_types=[result],
            properties={"layer": StringAttr(layer), "table": dense},
        )

    def entries(self) -> Array:
        """The table as an array [256] of the result's dtype."""
        return numpy_from_dense(self.table)

    def verify_(self) -> None:
        check_static(self.input, self.result)
        check_shape("the result", shape_of(self.result), shape_of(self.input))
        check_shape("the table", self.table.get_shape(), (ENTRIES,))
        element = tensor_type(self.result).element_type
        if self.table.get_element_type() != element:
            raise VerifyException(
                f"the table holds {self.table.get_element_type()}, the result {element}"
            )
