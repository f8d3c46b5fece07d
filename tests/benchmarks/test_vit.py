"""What benchmarks.vit makes of a run."""

from benchmarks.vit import operators


def test_operators_share_all_cycles() -> None:
    layers = [
        {"name": "blocks.0.attn.qkv", "op": "matmul", "cycles": 300, "macs": 4200},
        {"name": "blocks.1.attn.qkv", "op": "matmul", "cycles": 200, "macs": 4200},
        {"name": "blocks.0.norm1", "op": "layer_norm", "cycles": 100, "macs": 0},
        {"name": "blocks.1.norm2", "op": "layer_norm", "cycles": 300, "macs": 0},
    ]
    table = operators("t", {"cycles": 1000, "layers": layers})
    assert table.rows == [
        ["matmul qkv", "2", "500", "50.0", "16.80"],
        ["layer_norm", "2", "400", "40.0", ""],
        ["between layers", "", "100", "10.0", ""],
    ]
