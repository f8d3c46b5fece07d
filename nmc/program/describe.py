"""program.json out of the attributes that passes leave on a module."""

from xdsl.dialects.builtin import ModuleOp

from nmc.backend.planning.target_of import resolve_target
from nmc.options import Options
from nmc.pipelines.attributes import Record, records
from nmc.program.manifest import (
    SCHEMA_VERSION,
    BufferInfo,
    LayerInfo,
    Manifest,
    MemoryInfo,
    TargetInfo,
)
from nmc.program.tensors import TensorInfo
from nmc.version import VERSION

# What of a layer's plan is its tile: sizes, and the order of the loops over them.
TILE_KEYS = (
    "order",
    "tile",
    "tile_rows",
    "tile_records",
    "group",
    "private",
    "lead",
    "growth",
    "ahead",
)


def describe_program(module: ModuleOp, name: str) -> Manifest:
    """The manifest of a module whose memory is planned; `name` is the program's.

    Reads ``nmc.inputs``, ``nmc.outputs``, ``nmc.layers``, ``nmc.buffers`` and ``nmc.memory``;
    raises `NmcError` where one of them is missing or malformed.
    """
    options = Options.of_module(module)
    target = resolve_target(module)
    attributes = module.attributes

    def table(key: str) -> list[Record]:
        return records(attributes.get(f"nmc.{key}"), f"nmc.{key}")

    return Manifest(
        schema_version=SCHEMA_VERSION,
        nmc_version=VERSION,
        name=name,
        target=TargetInfo(
            options.target,
            target.cores,
            target.l1.bytes,
            target.l3.bytes,
            target.features,
            options.target_text,
        ),
        sparsity=options.sparsity,
        kernels=options.kernels,
        asm=options.asm,
        inputs=tuple(tensor_info(record) for record in table("inputs")),
        outputs=tuple(tensor_info(record) for record in table("outputs")),
        memories=tuple(_memory(record) for record in table("memory")),
        buffers=tuple(_buffer(record) for record in table("buffers")),
        layers=tuple(_layer(record, target.cores) for record in table("layers")),
    )


def tensor_info(record: Record) -> TensorInfo:
    """An input or output from its record."""
    dtype = record.get("dtype", str)
    return TensorInfo(
        name=record.get("name", str),
        shape=record.get("shape", tuple),
        dtype=dtype,
        model_dtype=record.get("model_dtype", str, dtype),
        scale=record.get("scale", float) if record.has("scale") else None,
        zero_point=record.get("zero_point", int) if record.has("zero_point") else None,
        address=record.get("address", int, 0),
        bytes=record.get("bytes", int, 0),
    )


def _memory(record: Record) -> MemoryInfo:
    return MemoryInfo(
        space=record.get("space", str),
        base=record.get("base", int),
        size=record.get("size", int),
        peak=record.get("peak", int),
        lower_bound=record.get("lower_bound", int),
    )


def _buffer(record: Record) -> BufferInfo:
    return BufferInfo(
        name=record.get("name", str),
        space=record.get("space", str),
        kind=record.get("kind", str),
        address=record.get("address", int),
        bytes=record.get("bytes", int),
        alive=record.get("alive", tuple, ()),
    )


def _layer(record: Record, cores: int) -> LayerInfo:
    tile = {key: record.fields[key] for key in TILE_KEYS if record.has(key)}
    return LayerInfo(
        name=record.get("name", str),
        op=record.get("op", str),
        shape=record.get("shape", tuple),
        macs=record.get("macs", int, 0),
        nonzeros=record.get("nonzeros", int, 0),
        kernel=record.get("kernel", str),
        reason=record.get("reason", str),
        tile={key.removeprefix("tile_"): value for key, value in tile.items()},
        split=record.get("split", tuple, (cores,)),
        balance=record.get("busiest", int, 1000) / 1000,
        l1_bytes=record.get("l1_bytes", int, 0),
        dma_bytes=record.get("dma_bytes", int, 0),
        cycles=record.get("cycles", int),
        stream=record.get("stream", int, 0),
        timed=record.get("timed", int, 0),
        symbol=record.get("symbol", str),
        output_address=record.get("output_address", int, 0),
        output_bytes=record.get("output_bytes", int, 0),
    )
