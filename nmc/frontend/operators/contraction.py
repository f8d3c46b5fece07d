"""MatMul, with constant weights or of two activations, and Gemm with constant weights."""

import math

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.operators.weights import check_accumulator, check_bias, read_weights
from nmc.frontend.tensors import FloatOperation, Param, Tensors
from nmc.numerics.accumulator import INT32_MAX


def matmul(node: Node, tensors: Tensors) -> FloatOperation:
    """[.., M, K] times a constant [K, N], or times a computed [.., K, N]."""
    a, b = tensors.real(node, 0, "its first input"), tensors.real(node, 1, "its second input")
    Attributes(node).finish()
    if not tensors.is_constant(a) and not tensors.is_constant(b):
        return _product(node, tensors, a, b)
    weights = read_weights(node, tensors, b, 1)
    left, right = tensors.shapes[a], tensors.shapes[b]
    if len(right) != 2 or not left or left[-1] != right[0]:
        node.refuse(
            f"shapes {list(left)} and {list(right)}", "expected [.., M, K] times a matrix [K, N]"
        )
    check_accumulator(node, tensors, a, weights, "")
    return FloatOperation("MatMul", (a, b), {}, (*left[:-1], right[1]))


def _product(node: Node, tensors: Tensors, a: str, b: str) -> FloatOperation:
    """Of two activations: matrices with equal axes in front."""
    left, right = tensors.shapes[a], tensors.shapes[b]
    if len(left) < 2 or len(left) != len(right) or left[:-2] != right[:-2] or left[-1] != right[-2]:
        node.refuse(
            f"shapes {list(left)} and {list(right)}",
            "expected [.., M, K] times [.., K, N] with equal axes in front",
        )
    reach = math.prod(max(_reach(tensors, name)) for name in (a, b)) * left[-1]
    if reach > INT32_MAX:
        node.refuse(
            f"the accumulators of its {left[-1]} products can reach {reach}, beyond 2^31",
            "split the product",
        )
    return FloatOperation("MatMul", (a, b), {}, (*left[:-1], right[-1]))


def _reach(tensors: Tensors, name: str) -> tuple[int, int]:
    """How far the integers of a tensor can be from its zero-point, below and above."""
    source = tensors.sources.get(name)
    if source is None or not source.quantisation.per_tensor:
        return 255, 255
    low, high = source.quantisation.limits()
    zero = int(source.quantisation.zero_point)
    return zero - low, high - zero


def gemm(node: Node, tensors: Tensors) -> FloatOperation:
    """`alpha * A B + beta * C` with A [M, K], constant B [K, N] (or [N, K]), constant C."""
    a, b = tensors.real(node, 0, "its first input"), tensors.real(node, 1, "its second input")
    attributes = Attributes(node)
    alpha, beta = attributes.number("alpha", 1.0), attributes.number("beta", 1.0)
    attributes.integer("transA", 0, (0,))
    transposed = attributes.integer("transB", 0, (0, 1))
    attributes.finish()
    if not 1e-6 < alpha < 1e6 or not abs(beta) < 1e6:
        node.refuse(f"alpha = {alpha}, beta = {beta}", "fold them into the weights and the bias")
    axis = 0 if transposed else 1
    weights = read_weights(node, tensors, b, axis)
    left, right = tensors.shapes[a], tensors.shapes[b]
    if len(left) != 2 or len(right) != 2 or left[1] != right[1 - axis]:
        node.refuse(
            f"shapes {list(left)} and {list(right)} (transB = {transposed})",
            "expected matrices that fit",
        )
    operands = (a, b)
    if node.input(2):
        operands = (a, b, tensors.real(node, 2, "its bias"))
        check_bias(node, tensors, node.input(2), right[axis], broadcast=True)
    plain = alpha == 1.0 and beta == 1.0
    check_accumulator(node, tensors, a, weights, node.input(2) if plain else "")
    params: dict[str, Param] = {"alpha": alpha, "beta": beta, "transA": 0, "transB": transposed}
    return FloatOperation("Gemm", operands, params, (left[0], right[axis]))
