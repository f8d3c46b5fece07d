"""Small networks of one or a few `qnn` layers for the tests of the scheduled level."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IntegerType, ModuleOp, Signedness, StringAttr, TensorType, i8
from xdsl.ir import Attribute, Block, Region, SSAValue

from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_op, dense_from_numpy, dtype_of, tensor_type_of
from nmc.dialects.qnn.common import integer_range, shape_of, tensor_type
from nmc.numerics.add import derive_add
from nmc.numerics.batch_matmul import product_bounds
from nmc.numerics.contraction import Contraction, derive_contraction
from nmc.numerics.derive import derive_requant
from nmc.numerics.derive_norm import derive_layer_norm
from nmc.numerics.pruning import prune_nm
from nmc.numerics.requant import Requant
from nmc.numerics.softmax import derive_softmax

ui8 = IntegerType(8, Signedness.UNSIGNED)
INT8 = (-128, 127)


class Network:
    """Builds @main layer by layer."""

    def __init__(self, *shapes: tuple[int, ...], unsigned: bool = False, seed: int = 0):
        element: Attribute = ui8 if unsigned else i8
        self.block = Block(arg_types=[TensorType(element, shape) for shape in shapes])
        self.inputs = self.block.args
        self.random = np.random.default_rng(seed)
        self.count = 0
        self.result: SSAValue = self.block.args[0]

    @staticmethod
    def shape(value: SSAValue) -> tuple[int, ...]:
        """The shape of a tensor."""
        return shape_of(value)

    def name(self, what: str) -> str:
        """A layer's name."""
        self.count += 1
        return f"{what}{self.count}"

    def conv(
        self,
        x: SSAValue,
        outputs: int,
        kernel: tuple[int, int],
        *,
        strides: tuple[int, int] = (1, 1),
        pads: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilations: tuple[int, int] = (1, 1),
        depthwise: bool = False,
        pattern: tuple[int, int] | None = None,
        zero_point: int = 5,
    ) -> SSAValue:
        """A convolution with random weights."""
        _, height, width, channels = shape_of(x)
        inner = 1 if depthwise else channels
        weights = self.random.integers(-127, 128, (outputs, *kernel, inner)).astype(np.int8)
        kind: TensorType[Any] = tensor_type_of(weights)
        if pattern is not None:
            weights = prune_nm(weights, *pattern, axis=3)
            kind = TensorType(i8, weights.shape, nm.SparsityAttr.get(*pattern, 3))
        bias = self.random.integers(-2000, 2000, outputs).astype(np.int32)
        size = [
            (n + pads[a] + pads[a + 2] - (kernel[a] - 1) * dilations[a] - 1) // strides[a] + 1
            for a, n in ((0, height), (1, width))
        ]
        dense = dense_from_numpy(weights, kind)
        w = nm.ConstantOp(dense) if pattern else arith.ConstantOp(dense)
        found = self.derive(weights, bias, zero_point, x)
        b = constant_op(found.folded_bias)
        op = qnn.Conv2dOp(
            x,
            w.results[0],
            b.results[0],
            TensorType(i8, (1, *size, outputs)),
            layer=self.name("conv"),
            requant=qnn.RequantAttr.from_requant(found.requant),
            strides=strides,
            pads=pads,
            dilations=dilations,
            groups=channels if depthwise else 1,
            input_zero_point=zero_point,
        )
        self.block.add_ops([w, b, op])
        return op.result

    def derive(
        self, weights: np.ndarray, bias: np.ndarray, zero_point: int, x: SSAValue
    ) -> Contraction:
        """A folded bias and requantisation that spread the sums over int8."""
        spread = 60.0 * max(1.0, float(np.square(weights[0].astype(float)).sum()) ** 0.5)
        real = (40 / spread) * self.random.uniform(0.7, 1.4, len(weights))
        return derive_contraction(
            weights,
            bias,
            real,
            input_zero_point=zero_point,
            input_range=integer_range(x.type),
            zero_point=3,
            bounds=(-128, 127),
        )

    def matmul(self, x: SSAValue, outputs: int, zero_point: int = -2) -> SSAValue:
        """A matrix product with random weights."""
        *rows, depth = shape_of(x)
        weights = self.random.integers(-127, 128, (outputs, depth)).astype(np.int8)
        found = self.derive(weights, np.arange(outputs), zero_point, x)
        w, b = constant_op(weights), constant_op(found.folded_bias)
        op = qnn.MatmulOp(
            x,
            w.results[0],
            b.results[0],
            TensorType(i8, (*rows, outputs)),
            layer=self.name("fc"),
            requant=qnn.RequantAttr.from_requant(found.requant),
            input_zero_point=zero_point,
        )
        self.block.add_ops([w, b, op])
        return op.result

    def append(self, op: Any) -> SSAValue:
        """Append an operation; its first result."""
        self.block.add_op(op)
        return op.results[0]

    def max_pool(
        self, x: SSAValue, kernel: tuple[int, int], strides: tuple[int, int], pad: int = 0
    ) -> SSAValue:
        """Maximum pooling."""
        _, height, width, channels = shape_of(x)
        sizes = [
            (n + 2 * pad - k) // s + 1
            for n, k, s in zip((height, width), kernel, strides, strict=True)
        ]
        kind = TensorType(tensor_type(x).element_type, (1, *sizes, channels))
        return self.append(
            qnn.MaxPool2dOp(
                x, kind, layer=self.name("max"), kernel=kernel, strides=strides, pads=(pad,) * 4
            )
        )

    def average(self, x: SSAValue, kernel: tuple[int, int], pad: int = 0) -> SSAValue:
        """Average pooling with stride 1, padding not counted."""
        _, height, width, channels = shape_of(x)
        taps, zero = kernel[0] * kernel[1], 1
        low, high = integer_range(x.type)
        counts = np.arange(1, taps + 1)
        requant = derive_requant(
            0.9 / counts, (low - zero) * counts, (high - zero) * counts, 2, INT8
        )
        sizes = [n + 2 * pad - k + 1 for n, k in zip((height, width), kernel, strict=True)]
        return self.append(
            qnn.AvgPool2dOp(
                x,
                TensorType(i8, (1, *sizes, channels)),
                layer=self.name("avg"),
                requant=qnn.RequantAttr.from_requant(requant),
                kernel=kernel,
                pads=(pad,) * 4,
                input_zero_point=zero,
            )
        )

    def sum(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Addition of two activations in different scales."""
        params = derive_add(
            0.7,
            0.4,
            lhs_zero_point=1,
            rhs_zero_point=3,
            lhs_range=integer_range(a.type),
            rhs_range=integer_range(b.type),
            zero_point=-1,
            bounds=INT8,
        )
        kind = TensorType(i8, shape_of(a))
        return self.append(qnn.AddOp(a, b, kind, layer=self.name("add"), params=params))

    def rescale(self, x: SSAValue, zero: int = 4) -> qnn.RequantAttr:
        """Constants that requantise an activation."""
        low, high = integer_range(x.type)
        ends = np.array([low - zero]), np.array([high - zero])
        return qnn.RequantAttr.from_requant(derive_requant(np.array([0.6]), *ends, 2, INT8))

    def requantize(self, x: SSAValue) -> SSAValue:
        """Another scale and zero point."""
        return self.append(
            qnn.RequantizeOp(
                x,
                TensorType(i8, shape_of(x)),
                layer=self.name("requantize"),
                requant=self.rescale(x),
                input_zero_point=4,
            )
        )

    def lookup(self, x: SSAValue) -> SSAValue:
        """A random table, of the input's type."""
        table = self.random.integers(0, 256, 256).astype(np.uint8)
        table = table.view(dtype_of(tensor_type(x).element_type))
        return self.append(qnn.LookupOp(x, layer=self.name("lookup"), table=table))

    def layer_norm(self, x: SSAValue, epsilon: float = 1e-5) -> SSAValue:
        """Rows normalised, with random gains and offsets."""
        length = shape_of(x)[-1]
        found = derive_layer_norm(
            self.random.uniform(0.2, 1.5, length),
            self.random.uniform(-0.5, 0.5, length),
            epsilon,
            input_scale=0.05,
            input_range=integer_range(x.type),
            output_scale=1 / 32,
            zero_point=4,
            bounds=INT8,
        )
        gain, offset = constant_op(found.gain), constant_op(found.offset)
        op = qnn.LayerNormOp(
            x,
            gain.results[0],
            offset.results[0],
            TensorType(i8, shape_of(x)),
            layer=self.name("norm"),
            params=found.params,
        )
        self.block.add_ops([gain, offset, op])
        return op.result

    def softmax(self, x: SSAValue, scale: float = 0.04) -> SSAValue:
        """Softmax of rows."""
        length = shape_of(x)[-1]
        params = derive_softmax(scale, 1 / 255, length, zero_point=-128, bounds=INT8)
        kind = TensorType(i8, shape_of(x))
        return self.append(qnn.SoftmaxOp(x, kind, layer=self.name("softmax"), params=params))

    def concat(self, axis: int, *parts: SSAValue) -> SSAValue:
        """The parts side by side, every other one requantised."""
        shape = list(shape_of(parts[0]))
        shape[axis] = sum(shape_of(part)[axis] for part in parts)
        return self.append(
            qnn.ConcatOp(
                parts,
                TensorType(i8, shape),
                layer=self.name("concat"),
                axis=axis,
                input_zero_points=[4] * len(parts),
                requants=[self.rescale(p) if i % 2 else None for i, p in enumerate(parts)],
            )
        )

    def repeat(self, axis: int, x: SSAValue, times: int) -> SSAValue:
        """A tensor beside itself."""
        shape = list(shape_of(x))
        shape[axis] *= times
        return self.append(
            qnn.ConcatOp(
                [x] * times,
                TensorType(tensor_type(x).element_type, shape),
                layer=self.name("repeat"),
                axis=axis,
                input_zero_points=[0] * times,
                requants=[None] * times,
            )
        )

    def transpose(self, x: SSAValue, *permutation: int) -> SSAValue:
        """Axes in another order."""
        return self.append(qnn.TransposeOp(x, permutation, layer=self.name("transpose")))

    def pad(self, x: SSAValue, before: list[int], after: list[int]) -> SSAValue:
        """A frame of sevens."""
        return self.append(
            qnn.PadOp(x, layer=self.name("pad"), before=before, after=after, value=7)
        )

    def slice(
        self, x: SSAValue, offsets: list[int], sizes: list[int], steps: list[int]
    ) -> SSAValue:
        """Every step-th element from an offset on, along each axis."""
        name = self.name("slice")
        return self.append(qnn.SliceOp(x, layer=name, offsets=offsets, sizes=sizes, steps=steps))

    def product(
        self,
        a: SSAValue,
        b: SSAValue,
        *,
        transposed: bool = False,
        zeros: tuple[int, int] = (3, -5),
        requant: Requant | None = None,
    ) -> SSAValue:
        """Products of two activations."""
        *front, rows, depth = shape_of(a)
        outputs = shape_of(b)[-2 if transposed else -1]
        ends = [
            (low - zero, high - zero)
            for zero, (low, high) in zip(
                zeros, (integer_range(a.type), integer_range(b.type)), strict=True
            )
        ]
        if requant is None:
            real = np.array([40 / (5000 * depth**0.5)])
            requant = derive_requant(real, *product_bounds(depth, *ends), 2, INT8)
        return self.append(
            qnn.BatchMatmulOp(
                a,
                b,
                TensorType(i8, (*front, rows, outputs)),
                layer=self.name("product"),
                requant=qnn.RequantAttr.from_requant(requant),
                lhs_zero_point=zeros[0],
                rhs_zero_point=zeros[1],
                transpose_rhs=transposed,
            )
        )

    def attention(
        self,
        x: SSAValue,
        heads: int,
        *,
        rescaled: bool = False,
        zeros: tuple[int, int] = (3, -5),
        mask: SSAValue | None = None,
    ) -> SSAValue:
        """Of queries, keys and values side by side in [1, tokens, 3 * width], back in rows.

        `mask` is added to the scores: [1, 1, 1 or tokens, tokens], repeated for rows and heads.
        """
        _, tokens, width = shape_of(x)
        depth = width // heads // 3
        parts = self.transpose(self.reshape(x, 1, tokens, 3, heads, depth), 2, 0, 3, 1, 4)
        sizes = [1, 1, heads, tokens, depth]
        q, k, v = (self.slice(parts, [i, 0, 0, 0, 0], sizes, [1] * 5) for i in range(3))
        q = self.reshape(self.requantize(q) if rescaled else q, 1, heads, tokens, depth)
        k, v = (self.reshape(part, 1, heads, tokens, depth) for part in (k, v))
        scores = self.product(q, k, transposed=True, zeros=zeros)
        if mask is not None:
            rows = self.repeat(2, mask, tokens // self.shape(mask)[2])
            scores = self.sum(scores, self.repeat(1, rows, heads))
        values = self.product(self.softmax(scores), v, zeros=(-128, zeros[1]))
        back = self.transpose(values, 0, 2, 1, 3)
        return self.reshape(back, 1, tokens, heads * depth)

    def reshape(self, x: SSAValue, *shape: int) -> SSAValue:
        """The same elements under another shape."""
        kind = TensorType(tensor_type(x).element_type, shape)
        return self.append(qnn.ReshapeOp(x, kind, layer=self.name("reshape")))

    def module(self, *results: SSAValue, **attributes: Attribute) -> ModuleOp:
        """The module that returns the results."""
        self.block.add_op(func.ReturnOp(*results))
        kind = ([v.type for v in self.block.args], [v.type for v in results])
        module = ModuleOp([func.FuncOp("main", kind, Region(self.block))])
        module.attributes["nmc.target"] = StringAttr("vega")
        for key, value in attributes.items():
            module.attributes[f"nmc.{key}"] = value
        module.verify()
        return module
