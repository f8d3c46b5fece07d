"""Matrix products of two activations."""

from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, TensorType, UnitAttr, i64
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.bounds import check_requant
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    INT,
    QUANTIZED,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    integer_range,
    shape_of,
)
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.accumulator import unsafe_reason
from nmc.numerics.batch_matmul import product_bounds


@irdl_op_definition
class BatchMatmulOp(CanonicalLayerOp):
    """Products of matrices that are both computed, one for each index of the axes in front.

    ```
    %y = qnn.batch_matmul "scores" %q, %k requant <multiplier = [77], shift = 12,
         zero_point = 0, lo = -128, hi = 127, form = narrow>
         {lhs_zero_point = 3 : i64, transpose_rhs}
       : (tensor<1x6x197x64xi8>, tensor<1x6x197x64xi8>) -> tensor<1x6x197x197xi8>
    ```

    `acc[.., m, n] = sum over k of (lhs[.., m, k] - lhs_zero_point) * (rhs[.., k, n] -
    rhs_zero_point)`, then `requant` (one multiplier). With `transpose_rhs` the right operand is
    [.., N, K]. Operands are int8 or uint8 of equal rank, 2 or more, with equal axes in front. The
    requantisation is proved safe for every accumulator that inputs of the types can reach.
    """

    name = "qnn.batch_matmul"

    lhs = operand_def(QUANTIZED)
    rhs = operand_def(QUANTIZED)
    requant = prop_def(RequantAttr)
    lhs_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    rhs_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    transpose_rhs = opt_prop_def(UnitAttr)
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $lhs `,` $rhs `requant` $requant attr-dict `:` functional-type(operands, results)"
    )

    def __init__(
        self,
        lhs: SSAValue | Operation,
        rhs: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        requant: RequantAttr,
        lhs_zero_point: int = 0,
        rhs_zero_point: int = 0,
        transpose_rhs: bool = False,
    ):
        super().__init__(
            operands=[lhs, rhs],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "requant": requant,
                "lhs_zero_point": int_attr(lhs_zero_point),
                "rhs_zero_point": int_attr(rhs_zero_point),
                "transpose_rhs": UnitAttr() if transpose_rhs else None,
            },
        )

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(M, K, N) of one product."""
        *_, m, k = shape_of(self.lhs)
        return m, k, shape_of(self.rhs)[-2 if self.transpose_rhs is not None else -1]

    def verify_(self) -> None:
        check_static(self.lhs, self.rhs, self.result)
        a, b = shape_of(self.lhs), shape_of(self.rhs)
        if len(a) < 2 or len(a) != len(b) or a[:-2] != b[:-2]:
            raise VerifyException(
                f"{self.lhs.type} and {self.rhs.type} are no matrices with equal axes in front"
            )
        m, k, n = self.sizes
        inner = b[-1 if self.transpose_rhs is not None else -2]
        if inner != k:
            raise VerifyException(f"the left rows have {k} elements, the right columns {inner}")
        check_shape("the result", shape_of(self.result), (*a[:-2], m, n))
        zeros = self.lhs_zero_point.value.data, self.rhs_zero_point.value.data
        check_in_range("lhs_zero_point", zeros[0], self.lhs.type)
        check_in_range("rhs_zero_point", zeros[1], self.rhs.type)
        check_requant(self.requant, self.result.type, 1)
        ends = [
            (low - zero, high - zero)
            for zero, (low, high) in zip(
                zeros, (integer_range(self.lhs.type), integer_range(self.rhs.type)), strict=True
            )
        ]
        reason = unsafe_reason(self.requant.to_requant(), *product_bounds(k, ends[0], ends[1]))
        if reason is not None:
            raise VerifyException(reason)
