"""L2 that is left to code."""

from nmc.targets import load_target
from nmc.targets.code_space import code_space


def test_more_layers_leave_more() -> None:
    target = load_target("vega")
    own = target.l2.code_bytes
    assert [code_space(target, layers) for layers in (0, 1, 32)] == [own] * 3
    assert code_space(target, 33) == own + 3072
    # A ViT-Small, whose code takes 195 KiB.
    assert 200 * 1024 < code_space(target, 127) < target.l2.bytes / 4
    assert code_space(target, 127) % 16 == 0
