"""Networks of convolutions and products whose results are added to something."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, StringAttr, TensorType, i64
from xdsl.ir import SSAValue
from xdsl.rewriter import Rewriter

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from tests.schedule.networks import Network, ui8

SAME = (1, 1, 1, 1)
Build = Callable[[Network], SSAValue]


def residual(n: Network) -> SSAValue:
    """The addition has the convolution on its left and, of a second one, on its right."""
    x = n.inputs[0]
    y = n.sum(n.conv(x, 16, (3, 3), pads=SAME), x)
    return n.sum(y, n.conv(y, 16, (1, 1)))


def sparse(n: Network) -> SSAValue:
    x = n.inputs[0]
    return n.sum(n.conv(x, 32, (3, 3), pads=SAME, pattern=(1, 8)), x)


def strided(n: Network) -> SSAValue:
    """Both inputs are computed for the addition alone; windows, strides and columns differ."""
    x = n.inputs[0]
    left = n.conv(x, 24, (3, 2), strides=(2, 1), pads=(0, 1, 2, 0))
    return n.sum(left, n.conv(x, 24, (1, 1), strides=(2, 1)))


def depthwise(n: Network) -> SSAValue:
    x = n.inputs[0]
    return n.sum(n.conv(x, 12, (3, 3), pads=SAME, depthwise=True), x)


def odd(n: Network) -> SSAValue:
    """Outputs of 13 channels have gaps in L1: the addition stays a layer."""
    x = n.inputs[0]
    return n.sum(n.conv(x, 13, (3, 3), pads=SAME), x)


def tokens(n: Network) -> SSAValue:
    x = n.inputs[0]
    return n.sum(n.matmul(x, 40, zero_point=0), x)


def reshaped(n: Network) -> SSAValue:
    """The product's rows are tokens of an image of one when they are added."""
    x = n.inputs[0]
    rows = n.matmul(n.reshape(x, *n.shape(x)[1:]), 24, zero_point=0)
    return n.sum(x, n.reshape(rows, 1, *n.shape(rows)))


def unsigned_own(n: Network) -> SSAValue:
    """What is computed for the addition is uint8, the other input and the sum are int8."""
    x = n.inputs[0]
    own = n.conv(x, 8, (3, 3), pads=SAME)
    assert isinstance(own.owner, qnn.Conv2dOp)
    own.owner.requant = own.owner.requant.with_bounds(2, 127)
    own = Rewriter.replace_value_with_new_type(own, TensorType(ui8, shape_of(own)))
    return n.sum(x, own)


def module_of(
    build: Build,
    shape: tuple[int, ...],
    *,
    cores: int = 8,
    l1: int = 131072,
    features: str = "none",
    unsigned: bool = False,
) -> ModuleOp:
    """The network of one input, as a module with options."""
    network = Network(shape, unsigned=unsigned)
    words = [] if features == "none" else [StringAttr(features)]
    return network.module(
        build(network),
        l1=IntegerAttr(l1, i64),
        cores=IntegerAttr(cores, i64),
        features=ArrayAttr(words),
    )


def fused_in(module: ModuleOp) -> int:
    """Additions inside other layers."""
    layers = [op for op in module.walk() if isinstance(op, qnn.Conv2dOp | qnn.MatmulOp)]
    return sum(op.addend is not None for op in layers)
