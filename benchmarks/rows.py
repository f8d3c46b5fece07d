"""Functions through tables, layer normalisation and softmax alone: cycles a byte.

    python -m benchmarks.rows

Shapes are those of ViT-Small, and 64 rows of growing length; on one core and on all eight. Each is
compiled from its integer operation, run on random bytes and checked bit for bit.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    i8,
    i64,
)
from xdsl.ir import Block, Operation, Region, SSAValue

from benchmarks.results import publish
from nmc.api import compile_module
from nmc.cli.console import TextTable
from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.numerics.derive_norm import derive_layer_norm
from nmc.numerics.softmax import derive_softmax
from nmc.pipelines.context import make_context

Shape = tuple[int, ...]
Build = Callable[[SSAValue, Shape], list[Operation]]

CORES = (1, 8)
LENGTHS = (16, 64, 256, 1024, 4096)
INT8 = (-128, 127)


def lookup(x: SSAValue, _: Shape) -> list[Operation]:
    """A table of random bytes."""
    table = np.random.default_rng(0).integers(-128, 128, 256).astype(np.int8)
    return [qnn.LookupOp(x, layer="lookup", table=table)]


def layer_norm(x: SSAValue, shape: Shape) -> list[Operation]:
    """Random gains and offsets."""
    random = np.random.default_rng(0)
    found = derive_layer_norm(
        random.uniform(0.2, 1.5, shape[-1]),
        random.uniform(-0.5, 0.5, shape[-1]),
        1e-6,
        input_scale=0.05,
        input_range=INT8,
        output_scale=1 / 32,
        zero_point=0,
        bounds=INT8,
    )
    gain, offset = constant_op(found.gain), constant_op(found.offset)
    values = x, gain.results[0], offset.results[0]
    kind = TensorType(i8, shape)
    op = qnn.LayerNormOp(*values, kind, layer="layer_norm", params=found.params)
    return [gain, offset, op]


def softmax(x: SSAValue, shape: Shape) -> list[Operation]:
    """Scores of step 0.05."""
    params = derive_softmax(0.05, 1 / 255, shape[-1], zero_point=-128, bounds=INT8)
    return [qnn.SoftmaxOp(x, TensorType(i8, shape), layer="softmax", params=params)]


CASES: tuple[tuple[Build, Shape], ...] = (
    (lookup, (197, 1536)),
    (layer_norm, (197, 384)),
    (softmax, (6, 197, 197)),
    *((build, (64, length)) for build in (layer_norm, softmax) for length in LENGTHS),
)


@dataclass(frozen=True)
class Measured:
    """One operation. estimate: the planner's cycles. instructions: of all cores."""

    operation: str
    shape: Shape
    cores: int
    cycles: int
    estimate: int
    instructions: int
    exact: bool

    def row(self) -> list[str]:
        """A line of the table."""
        size = math.prod(self.shape)
        return [
            self.operation,
            " x ".join(map(str, self.shape)),
            str(self.cores),
            f"{self.cycles:,}",
            f"{self.cycles / size:.2f}",
            f"{self.instructions / size:.2f}",
            f"{self.estimate / self.cycles:.2f}",
            "yes" if self.exact else "NO",
        ]


COLUMNS = [
    "operation",
    "shape",
    ">cores",
    ">cycles",
    ">cycles/byte",
    ">instructions/byte",
    ">estimate/cycles",
    "exact",
]


def module(build: Build, shape: Shape, cores: int) -> ModuleOp:
    """@main, which is the operation."""
    kind = TensorType(i8, shape)
    block = Block(arg_types=[kind])
    operations = build(block.args[0], shape)
    block.add_ops([*operations, func.ReturnOp(operations[-1].results[0])])
    main = func.FuncOp("main", ([kind], [kind]), Region(block))
    for names, name in (("arg_attrs", "x"), ("res_attrs", "y")):
        main.properties[names] = ArrayAttr([DictionaryAttr({"nmc.name": StringAttr(name)})])
    attributes = {
        "nmc.target": StringAttr("vega"),
        "nmc.cores": IntegerAttr(cores, i64),
        "nmc.stage": StringAttr("sparse"),
    }
    return ModuleOp([main], attributes)


def measure(build: Build, shape: Shape, cores: int) -> Measured:
    """Compile, run and check."""
    name = build.__name__
    program = compile_module(make_context(), module(build, shape, cores), name)
    result = program.run_random(0, check=True)
    (layer,) = result.layers
    counted = layer.cycles, layer.estimate, layer.instructions
    return Measured(name, shape, cores, *counted, exact=bool(result.exact))


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    found = [measure(build, shape, cores) for build, shape in CASES for cores in CORES]
    table = TextTable("Operations on rows", COLUMNS, [one.row() for one in found])
    notes = ["L2 to L2, transfers included; instructions are those of all cores."]
    publish("rows", [table], notes, [asdict(one) for one in found])
    return 0 if all(one.exact for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
