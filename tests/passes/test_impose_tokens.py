"""impose-nm on imported transformers: the layers their builders prune, with the builders' names."""

import pytest

from nmc.dialects import nm
from nmc.frontend import import_onnx
from nmc.models.tokens import token_model
from nmc.passes.impose_nm import ImposeNmPass
from nmc.passes.nm_decode import NmDecodePass
from nmc.passes.sparse_weights import contractions
from nmc.reference.graph_interpreter import interpret
from tests.graph_ir import INTEGER, random_inputs, run_passes

KINDS = {"ffn": (".fc",), "linear": (".fc", ".attn.")}


@pytest.mark.parametrize("products", KINDS)
@pytest.mark.parametrize("network", ["vit", "mixer", "bert"])
def test_layers_are_chosen_by_structure(network: str, products: str) -> None:
    dense = run_passes(import_onnx(token_model(network)), INTEGER)
    pruned = run_passes(dense, [ImposeNmPass(n=1, m=4, products=products)])
    for layer in contractions(pruned):
        wanted = any(kind in layer.layer_name for kind in KINDS[products])
        assert (nm.sparsity_of(layer.weight.type) is not None) == wanted, layer.layer_name
    inputs = random_inputs(pruned)
    (first,) = interpret(pruned, inputs).outputs.values()
    (second,) = interpret(run_passes(pruned, [NmDecodePass()]), inputs).outputs.values()
    assert first.tolist() == second.tolist()
