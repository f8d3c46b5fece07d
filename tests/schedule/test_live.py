"""Activations alive at once."""

from nmc.backend.planning.live import peak_bytes
from nmc.dialects import qnn
from tests.schedule.networks import Network


def test_a_chain_holds_two_tensors() -> None:
    n = Network((1, 4, 4, 8))
    x = n.conv(n.inputs[0], 16, (1, 1))
    x = n.conv(x, 4, (1, 1))
    module = n.module(x)
    layers = [op for op in module.walk() if isinstance(op, qnn.LayerOp)]
    # 128 bytes in and 256 out, then 256 and 64.
    assert peak_bytes(layers) == 128 + 256


def test_what_is_read_again_stays_and_a_reshape_is_the_same_bytes() -> None:
    n = Network((1, 4, 4, 8))
    x = n.conv(n.inputs[0], 16, (1, 1))
    y = n.conv(x, 16, (1, 1))
    flat = n.reshape(y, 1, 256)
    total = n.sum(n.reshape(x, 1, 256), flat)
    module = n.module(total)
    layers = [op for op in module.walk() if isinstance(op, qnn.LayerOp)]
    assert peak_bytes(layers) == 3 * 256
