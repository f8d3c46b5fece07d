"""What benchmarks.vit makes of a run."""

from benchmarks.attention_parts import Part, attention_parts
from benchmarks.vit import operators
from benchmarks.vit_inputs import InputRun
from nmc.program.arrays import random_inputs
from tests.e2e.rows import compile_layer

LAYERS = [
    {"name": "blocks.0.attn.qkv", "op": "matmul", "cycles": 300, "macs": 4200},
    {"name": "blocks.1.attn.qkv", "op": "matmul", "cycles": 200, "macs": 4200},
    {"name": "blocks.0.norm1", "op": "layer_norm", "cycles": 100, "macs": 0},
    {"name": "blocks.1.norm2", "op": "layer_norm", "cycles": 200, "macs": 0},
    {"name": "blocks.0.attn.proj.rows", "op": "attention", "cycles": 100, "macs": 0},
]


def test_operators_share_all_cycles() -> None:
    table = operators("t", {"cycles": 1000, "layers": LAYERS})
    assert table.rows == [
        ["matmul qkv", "2", "500", "50.0", "16.80"],
        ["layer_norm", "2", "300", "30.0", ""],
        ["attention", "1", "100", "10.0", ""],
        ["between layers", "", "100", "10.0", ""],
    ]


def test_parts_stand_below_attention_and_in_the_share_of_what_is_not_linear() -> None:
    parts = [Part("QK", 40, 400), Part("softmax", 30, 0)]
    table = operators("t", {"cycles": 1000, "layers": LAYERS}, parts)
    assert table.rows[2:] == [
        ["attention", "1", "100", "10.0", ""],
        ["  QK", "", "40", "4.0", "10.00"],
        ["  softmax", "", "30", "3.0", ""],
        ["between layers", "", "100", "10.0", ""],
        ["of these layer_norm, lookup, softmax", "", "330", "33.0", ""],
    ]


def test_parts_of_a_profiled_attention() -> None:
    """Both products, the softmax and the rest are all its cycles."""
    program = compile_layer(lambda n: n.attention(n.inputs[0], 2, rescaled=True), (1, 37, 48))
    result = program.run_integers(random_inputs("1", program.manifest.inputs), profile=True)
    parts = {part.name: part for part in attention_parts(program, result)}
    (layer,) = result.layers
    assert list(parts) == ["QK", "softmax", "AV", "rest"]
    assert sum(part.cycles for part in parts.values()) == layer.cycles
    assert min(part.cycles for part in parts.values()) > 0
    assert parts["QK"].macs == parts["AV"].macs == 2 * 37 * 37 * 8


def test_contract_of_an_input() -> None:
    """Three steps at most, and the winner where its lead is more than four."""
    assert InputRun(0, True, 1, steps=3, lead=4, same_winner=False).holds
    assert not InputRun(0, True, 1, steps=3, lead=5, same_winner=False).holds
    assert not InputRun(0, True, 1, steps=4, lead=9, same_winner=True).holds
    assert not InputRun(0, False, 1, steps=0, lead=9, same_winner=True).holds
