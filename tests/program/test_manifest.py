"""program.json: its shape, its schema, and what a reader says of a damaged one."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from nmc.errors import NmcError
from nmc.program.manifest import (
    SCHEMA_FILE,
    SCHEMA_VERSION,
    BufferInfo,
    LayerInfo,
    Manifest,
    MemoryInfo,
    TargetInfo,
)
from nmc.program.tensors import TensorInfo

MANIFEST = Manifest(
    schema_version=SCHEMA_VERSION,
    nmc_version="0.1.0",
    name="net",
    target=TargetInfo("vega", 8, 131072, 1 << 24, ("xnm",), ""),
    sparsity="1:8",
    kernels="best",
    asm="pulp",
    inputs=(TensorInfo("x", (1, 3, 4, 4), "int8", "float32", 0.5, -3, 0x1C010000, 48),),
    outputs=(TensorInfo("y", (1, 10), "uint8", "uint8", None, None, 0x1C010040, 10),),
    memories=(MemoryInfo("l1", 0x10000000, 131072, 4096, 4096),),
    buffers=(BufferInfo("x", "l2", "input", 0x1C010000, 48, (0, 1)),),
    layers=(
        LayerInfo(
            name="conv",
            op="conv2d",
            shape=(1, 4, 4, 8),
            macs=3456,
            nonzeros=216,
            kernel="dense-4x4",
            reason="fewest cycles",
            tile={"rows": 4, "order": "weights-rows-groups"},
            split=(8, 1),
            balance=1.05,
            l1_bytes=2048,
            dma_bytes=3000,
            cycles=900,
            stream=50,
            timed=0,
            symbol="layer_00_conv",
            output_address=0x1C010100,
            output_bytes=128,
        ),
    ),
)


def schema() -> Any:
    return json.loads((files("nmc.program") / SCHEMA_FILE).read_text("utf-8"))


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_manifest_fits_the_schema_and_reads_back() -> None:
    text = MANIFEST.to_json()
    jsonschema.validate(json.loads(text), schema())
    assert Manifest.from_json(text, "program.json") == MANIFEST
    assert MANIFEST.macs == 3456


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 1),
        (("asm",), "gnu"),
        (("layers", 0, "macs"), -1),
        (("inputs", 0, "scale"), 0),
        (("buffers", 0, "space"), "l4"),
        (("extra",), 1),
    ],
)
def test_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    raw = json.loads(MANIFEST.to_json())
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, schema())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": 99}, "schema version 99, this nmc reads 2"),
        ({"inputs": 3}, "program.json: inputs: 3 has the wrong type"),
        ({"target": {"name": "vega"}}, "program.json: target: 'cores' is missing"),
        ({"inputs": [{"name": 3}]}, "program.json: inputs[0]: 'shape' is missing"),
        ({"asm": None}, "program.json: asm: None has the wrong type"),
        ({"sparsity": True}, "program.json: sparsity: True has the wrong type"),
    ],
)
def test_damaged_manifests_are_refused(change: dict[str, object], said: str) -> None:
    raw = json.loads(MANIFEST.to_json()) | change
    with pytest.raises(NmcError) as error:
        Manifest.from_json(json.dumps(raw), "program.json")
    assert said in str(error.value)


def test_not_json() -> None:
    with pytest.raises(NmcError, match=r"program\.json: is not JSON"):
        Manifest.from_json("{", "program.json")
    with pytest.raises(NmcError, match="schema version None"):
        Manifest.from_json("[]", "program.json")


def test_json_is_stable() -> None:
    assert replace(MANIFEST).to_json() == MANIFEST.to_json()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"dtype": "float16"}, "has dtype float16"), ({"bytes": 3}, "has 3 bytes")],
)
def test_tensors_that_cannot_be(change: dict[str, Any], said: str) -> None:
    raw = json.loads(MANIFEST.to_json())
    raw["inputs"][0] |= change
    with pytest.raises(NmcError, match=f"program.json: 'x' {said}"):
        Manifest.from_json(json.dumps(raw), "program.json")
