"""Attention of heads, as one operation on tensors where heads lie anyhow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from xdsl.dialects.builtin import I64, DenseArrayBase, StringAttr, TensorType
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
)
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.batch_matmul import BatchMatmulOp
from nmc.dialects.qnn.common import (
    INTS,
    QUANTIZED,
    LayerOp,
    check_array,
    check_static,
    ints_attr,
    shape_of,
    tensor_type,
)
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.softmax import SoftmaxOp


@dataclass(frozen=True)
class HeadsView:
    """Where the rows of heads lie in a tensor: element c of row r of head h is number
    offset + h * head + r * row + c."""

    offset: int
    head: int
    row: int

    def places(self, shape: Sequence[int]) -> npt.NDArray[np.int64]:
        """The numbers of the elements [heads, rows, width] of a tensor."""
        heads, rows, width = shape
        head, row = np.arange(heads) * self.head, np.arange(rows) * self.row
        return self.offset + head[:, None, None] + row[:, None] + np.arange(width)

    @classmethod
    def of(cls, places: npt.NDArray[np.int64]) -> HeadsView | None:
        """The view that gives these numbers of [heads, rows, width] elements, None if none does."""
        heads, rows, _ = places.shape
        head = int(places[1, 0, 0] - places[0, 0, 0]) if heads > 1 else 0
        row = int(places[0, 1, 0] - places[0, 0, 0]) if rows > 1 else 0
        view = cls(int(places[0, 0, 0]), head, row)
        same = min(head, row) >= 0 and np.array_equal(view.places(places.shape), places)
        return view if same else None


@irdl_op_definition
class YieldOp(IRDLOperation):
    """What the heads of an attention give: `qnn.yield %o : tensor<6x197x64xi8>`."""

    name = "qnn.yield"
    value = operand_def(QUANTIZED)
    traits = traits_def(IsTerminator(), Pure())
    assembly_format = "$value attr-dict `:` type($value)"

    def __init__(self, value: SSAValue):
        super().__init__(operands=[value])


@dataclass(frozen=True)
class Steps:
    """The operations of an attention: changes of scale before the products, and the sum of scores
    and mask, if there are any."""

    rescale_query: RequantizeOp | None
    rescale_key: RequantizeOp | None
    scores: BatchMatmulOp
    masked: AddOp | None
    softmax: SoftmaxOp
    values: BatchMatmulOp


@irdl_op_definition
class AttentionOp(LayerOp):
    """Softmax of queries times keys, times values, for each head.

    ```
    %y = qnn.attention "attn" %qkv, %qkv, %qkv
         {query_view = array<i64: 0, 64, 1152>, key_view = array<i64: 384, 64, 1152>,
          value_view = array<i64: 768, 64, 1152>, result_view = array<i64: 0, 64, 384>} heads {
    ^0(%q: tensor<6x197x64xi8>, %k: tensor<6x197x64xi8>, %v: tensor<6x197x64xi8>):
      %s = qnn.batch_matmul "scores" %q, %k requant <..> {transpose_rhs} : ..
      %p = qnn.softmax "softmax" %s exponentials .. : ..
      %o = qnn.batch_matmul "values" %p, %v requant <..> : ..
      qnn.yield %o : tensor<6x197x64xi8>
    } : (tensor<197x1152xi8>, tensor<197x1152xi8>, tensor<197x1152xi8>) -> tensor<197x384xi8>
    ```

    A view [offset, head, row] says where a tensor has the heads: element c of row r of head h is
    its element number offset + h * head + r * row + c. The body computes all heads; queries and
    keys may be requantised first. Every element of the result is written once.

    A mask, `qnn.attention "attn" %q, %k, %v masked %mask {mask_view = ..}`, is a fourth argument of
    [heads, rows, keys] that the body adds to the scores by a `qnn.add`. Its view repeats a row of
    keys for all rows, or for all heads, with steps of 0.
    """

    name = "qnn.attention"

    query = operand_def(QUANTIZED)
    key = operand_def(QUANTIZED)
    value = operand_def(QUANTIZED)
    mask = opt_operand_def(QUANTIZED)
    query_view = prop_def(INTS)
    key_view = prop_def(INTS)
    value_view = prop_def(INTS)
    mask_view = opt_prop_def(INTS)
    result_view = prop_def(INTS)
    result = result_def(QUANTIZED)
    body = region_def("single_block")

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $query `,` $key `,` $value (`masked` $mask^)? attr-dict `heads` $body "
        "`:` functional-type(operands, results)"
    )

    def __init__(
        self,
        sources: tuple[SSAValue, SSAValue, SSAValue],
        views: tuple[HeadsView, HeadsView, HeadsView, HeadsView],
        result_type: TensorType[Any],
        body: Block,
        *,
        layer: str,
        mask: tuple[SSAValue, HeadsView] | None = None,
    ):
        names = ["query_view", "key_view", "value_view", "result_view"]
        given = [*views]
        if mask is not None:
            names.append("mask_view")
            given.append(mask[1])
        arrays = [ints_attr([view.offset, view.head, view.row]) for view in given]
        super().__init__(
            operands=[*sources, None if mask is None else mask[0]],
            result_types=[result_type],
            properties={"layer": StringAttr(layer), **dict(zip(names, arrays, strict=True))},
            regions=[Region(body)],
        )

    def _views(self) -> dict[str, DenseArrayBase[I64]]:
        """Those of the operands, in their order, then the result's."""
        return {
            "query_view": self.query_view,
            "key_view": self.key_view,
            "value_view": self.value_view,
            **({} if self.mask_view is None else {"mask_view": self.mask_view}),
            "result_view": self.result_view,
        }

    def views(self) -> tuple[HeadsView, HeadsView, HeadsView, HeadsView]:
        """The views of query, key, value and result."""
        query, key, value, *_, result = self._all_views()
        return query, key, value, result

    def operand_views(self) -> list[HeadsView]:
        """A view for each operand, that of a mask last."""
        return self._all_views()[:-1]

    def _all_views(self) -> list[HeadsView]:
        return [HeadsView(*array.get_values()) for array in self._views().values()]

    def steps(self) -> Steps:
        """The operations of the body. Raises VerifyException where it computes anything else."""
        block = self.body.block
        ops = list(block.ops)
        query, key, value, *mask = block.args
        changed: list[RequantizeOp | None] = []
        for argument in (query, key):
            first = ops[0] if ops else None
            if isinstance(first, RequantizeOp) and first.input is argument:
                changed.append(first)
                ops.pop(0)
            else:
                changed.append(None)
        second = ops[1] if len(ops) > 1 else None
        masked = second if isinstance(second, AddOp) else None
        if masked is not None:
            ops.remove(masked)
        match ops:
            case [
                BatchMatmulOp() as scores,
                SoftmaxOp() as softmax,
                BatchMatmulOp() as values,
                end,
            ]:
                pass
            case _:
                raise VerifyException("the body is a product, a softmax, a product and a yield")
        if (masked is None) is bool(mask):
            raise VerifyException("a mask is an operand with a view and a sum in the body")
        left, right = (
            argument if op is None else op.result
            for argument, op in zip((query, key), changed, strict=True)
        )
        chained = (
            (scores.lhs, left),
            (scores.rhs, right),
            (softmax.input, scores.result if masked is None else masked.result),
            (values.lhs, softmax.result),
            (values.rhs, value),
        )
        wrong = any(actual is not wanted for actual, wanted in chained)
        if masked is not None:
            wrong = wrong or {*masked.operands} != {scores.result, mask[0]}
        if wrong:
            raise VerifyException("the body's operations do not read each other in order")
        if not isinstance(end, YieldOp) or end.value is not values.result:
            raise VerifyException("the body yields the second product")
        if scores.transpose_rhs is None or values.transpose_rhs is not None:
            raise VerifyException("keys are transposed, values are not")
        return Steps(changed[0], changed[1], scores, masked, softmax, values)

    def verify_(self) -> None:
        check_static(*self.operands, self.result)
        for name, attribute in self._views().items():
            check_array(name, attribute.get_values(), 3, 0)
        views = self._all_views()
        arguments = self.body.block.args
        count = 3 + (self.mask is not None)
        if len(arguments) != count or any(len(shape_of(a)) != 3 for a in arguments):
            raise VerifyException("the body takes queries, keys and values of [heads, rows, width]")
        if len(views) != count + 1:
            raise VerifyException("a mask is an operand with a view and a sum in the body")
        given = self.steps().values.result
        outer = (*self.operands, self.result)
        for tensor, view, inner in zip(outer, views, (*arguments, given), strict=True):
            _check_view(tensor, view, inner)
        places = views[-1].places(shape_of(given)).reshape(-1)
        reached = np.zeros(int(np.prod(shape_of(self.result))), bool)
        reached[places] = True
        if len(places) != len(reached) or not reached.all():
            raise VerifyException("the result's view does not reach every element once")


def _check_view(tensor: SSAValue, view: HeadsView, inner: SSAValue) -> None:
    """A view stays inside its tensor, whose elements are those of the body's."""
    heads, rows, width = shape_of(inner)
    last = view.offset + (heads - 1) * view.head + (rows - 1) * view.row + width
    if last > np.prod(shape_of(tensor)):
        raise VerifyException(f"a view reaches element {last - 1} of {tensor.type}")
    kinds: list[Attribute] = [tensor_type(v).element_type for v in (tensor, inner)]
    if kinds[0] != kinds[1]:
        raise VerifyException(f"{tensor.type} and {inner.type} have elements of two types")
