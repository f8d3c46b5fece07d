"""Operations on N:M encoded tensors."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    ParamAttrConstraint,
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import constant_attr, dense_from_numpy, numpy_from_dense
from nmc.dialects.nm.encoding import (
    SparsityAttr,
    sparsity_of,
    verify_encoded_constant,
    verify_encoded_type,
)
from nmc.numerics.pruning import prune_nm

TENSOR = base(TensorType[Attribute])


def _encoded(type: Attribute, sparsity: SparsityAttr) -> TensorType[Any]:
    tensor = cast(TensorType[Any], type)
    return TensorType(tensor.element_type, tensor.shape, sparsity)


def _source_and_result(op: Operation) -> tuple[TensorType[Any], TensorType[Any]]:
    """Operand and result types of a cast, which may differ in their encoding only."""
    source = cast(TensorType[Any], op.operands[0].type)
    result = cast(TensorType[Any], op.results[0].type)
    if source.shape != result.shape or source.element_type != result.element_type:
        raise VerifyException(f"{source} and {result} may differ in their encoding only")
    return source, result


@irdl_op_definition
class ConstantOp(IRDLOperation, HasFolderInterface):
    """A constant that keeps its N:M encoding, which the verifier checks element by element.

    ```
    %w = nm.constant dense<[[0, 0, 0, 5]]> : tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>
    ```

    The value is written dense, zeros included; packing comes later.
    """

    name = "nm.constant"

    _T: ClassVar = VarConstraint("T", AnyAttr())
    value = prop_def(ParamAttrConstraint(DenseIntOrFPElementsAttr, (_T, AnyAttr())))
    result = result_def(_T)

    traits = traits_def(Pure(), ConstantLike())
    assembly_format = "attr-dict $value"

    def __init__(self, value: DenseIntOrFPElementsAttr[Any]):
        super().__init__(properties={"value": value}, result_types=[value.get_type()])

    def verify_(self) -> None:
        if sparsity_of(self.result.type) is None:
            raise VerifyException("the type has no #nm.sparsity encoding; use arith.constant")
        verify_encoded_constant(self.value, cast(TensorType[Any], self.result.type))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.value,)


@irdl_op_definition
class PruneOp(IRDLOperation, HasFolderInterface):
    """Prune a dense tensor by magnitude to the pattern of the result's encoding.

    ```
    %s = nm.prune %w : tensor<8x3x3x16xi8> to tensor<8x3x3x16xi8, #nm.sparsity<1:8, axis = 3>>
    ```

    In each block the n elements of largest magnitude stay, the lowest index first among equals;
    the rest become zero. A constant operand folds to `nm.constant`.
    """

    name = "nm.prune"

    input = operand_def(TENSOR)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, input: SSAValue | Operation, sparsity: SparsityAttr):
        value = SSAValue.get(input)
        super().__init__(operands=[value], result_types=[_encoded(value.type, sparsity)])

    def verify_(self) -> None:
        source, result = _source_and_result(self)
        if sparsity_of(result) is None:
            raise VerifyException("the result needs an #nm.sparsity encoding to prune to")
        if sparsity_of(source) is not None:
            raise VerifyException("the operand is encoded already; nm.decode it first")
        verify_encoded_type(result)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        value = constant_attr(self.input)
        sparsity = sparsity_of(self.result.type)
        if value is None or sparsity is None:
            return None
        pruned = prune_nm(numpy_from_dense(value), *sparsity.pattern, sparsity.axis.data)
        return (dense_from_numpy(pruned, cast(TensorType[Any], self.result.type)),)


@irdl_op_definition
class EncodeOp(IRDLOperation, HasFolderInterface):
    """State that a tensor keeps an N:M pattern, or change how an encoded one is stored.

    ```
    %s = nm.encode %w : tensor<4x16xi8> to tensor<4x16xi8, #nm.sparsity<1:8, axis = 1>>
    ```

    The values do not change. A constant operand is checked, and folds to `nm.constant`.
    """

    name = "nm.encode"

    input = operand_def(TENSOR)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, input: SSAValue | Operation, sparsity: SparsityAttr):
        value = SSAValue.get(input)
        super().__init__(operands=[value], result_types=[_encoded(value.type, sparsity)])

    def verify_(self) -> None:
        _, result = _source_and_result(self)
        if sparsity_of(result) is None:
            raise VerifyException("the result needs an #nm.sparsity encoding")
        verify_encoded_type(result)
        if (value := constant_attr(self.input)) is not None:
            verify_encoded_constant(value, result)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if self.input.type == self.result.type:
            return (self.input,)
        value = constant_attr(self.input)
        if value is None:
            return None
        return (DenseIntOrFPElementsAttr(cast(TensorType[Any], self.result.type), value.data),)


@irdl_op_definition
class DecodeOp(IRDLOperation, HasFolderInterface):
    """Forget an encoding: the same values as a dense tensor, zeros included.

    ```
    %w = nm.decode %s : tensor<4x16xi8, #nm.sparsity<1:8, axis = 1>> to tensor<4x16xi8>
    ```

    A constant operand folds to `arith.constant`.
    """

    name = "nm.decode"

    input = operand_def(TENSOR)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, input: SSAValue | Operation):
        value = SSAValue.get(input)
        type = cast(TensorType[Any], value.type)
        super().__init__(operands=[value], result_types=[TensorType(type.element_type, type.shape)])

    def verify_(self) -> None:
        source, result = _source_and_result(self)
        if sparsity_of(source) is None:
            raise VerifyException("the operand has no #nm.sparsity encoding to forget")
        if sparsity_of(result) is not None:
            raise VerifyException("the result must be a dense tensor")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        value = constant_attr(self.input)
        if value is None:
            return None
        return (DenseIntOrFPElementsAttr(cast(TensorType[Any], self.result.type), value.data),)
