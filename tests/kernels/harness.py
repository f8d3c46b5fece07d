"""Compiles one tile operation to an ELF file and runs it on the simulated cluster."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, StringAttr, i32, i64
from xdsl.ir import SSAValue

from nmc.backend.asm.emission import emit_assembly, emit_elf
from nmc.backend.kernels.copying import each_word
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.dialects.micro.types import ui8
from nmc.dialects.tile import TileOperation
from nmc.numerics.packing import Bytes
from nmc.passes import get_all_passes
from nmc.pipelines.stages import STAGES
from nmc.sim import SimResult, Simulator
from nmc.targets import load_target

MOST_CYCLES = 10_000_000
"""Behind them a program is taken to run for ever."""

MACHINE_PASSES = (
    "convert-tile-to-micro",
    *(name for stage in STAGES[-3:] for name in str(stage.passes).split(",")),
)

L1_BASE = 0x1000_0000
# Behind what the program's code takes.
L2_STAGING = 0x1C02_0000

# Buffers in L1, by name; what the operation is built from.
Addresses = Mapping[str, SSAValue]
MakeOp = Callable[[Emitter, Addresses], TileOperation]


@dataclass(frozen=True)
class Placed:
    """A buffer: where it lies in L1 and where its contents wait in L2."""

    l1: int
    l2: int
    size: int


def place(sizes: Mapping[str, int]) -> dict[str, Placed]:
    """Buffers one after the other, with room between them."""
    places: dict[str, Placed] = {}
    at = 0
    for name, size in sizes.items():
        places[name] = Placed(L1_BASE + at, L2_STAGING + at, size)
        at += (size + 63) // 16 * 16
    return places


def lower(module: ModuleOp, passes: Sequence[str] = MACHINE_PASSES) -> ModuleOp:
    """Runs passes on a module, in place."""
    known = get_all_passes()
    for name in passes:
        known[name]()().apply(Context(), module)
        module.verify()
    return module


def module_of(make: MakeOp, places: Mapping[str, Placed], features: Sequence[str]) -> ModuleOp:
    """@main brings the buffers from L2 into L1 and runs the operation."""

    def body(e: Emitter) -> None:
        def copy_word(src: SSAValue, dst: SSAValue) -> None:
            e.store(e.load(src, i32), dst, i32)

        def copy_byte(src: SSAValue, dst: SSAValue) -> None:
            e.store(e.load(src, ui8), dst, ui8)

        for buffer in places.values():
            pointers = [e.const(buffer.l2), e.const(buffer.l1)]
            each_word(e, e.const(buffer.size), pointers, copy_word, copy_byte)
        e.do(make(e, {name: e.const(buffer.l1) for name, buffer in places.items()}))

    main: func.FuncOp = kernel_function("main", (), body)
    return ModuleOp(
        [main],
        {
            "nmc.target": StringAttr("vega"),
            "nmc.cores": IntegerAttr(1, i64),
            "nmc.features": ArrayAttr([StringAttr(name) for name in features]),
        },
    )


@dataclass
class Program:
    """A compiled operation, which runs on any contents of its buffers."""

    module: ModuleOp
    places: Mapping[str, Placed]
    elf: bytes

    def assembly(self) -> str:
        """The program's text."""
        return emit_assembly(self.module)

    def run(self, contents: Mapping[str, Bytes], result: str) -> tuple[Bytes, SimResult]:
        """The buffer `result` afterwards, and what the simulator measured."""
        simulator = Simulator(self.elf, load_target("vega"), cores=1, profile=True)
        for name, buffer in self.places.items():
            simulator.write(buffer.l2, contents[name].tobytes())
        measured = simulator.run(MOST_CYCLES)
        buffer = self.places[result]
        return np.frombuffer(simulator.read(buffer.l1, buffer.size), dtype=np.uint8), measured


def compile_op(make: MakeOp, sizes: Mapping[str, int], features: Sequence[str] = ()) -> Program:
    """The program of one operation on buffers of these sizes."""
    places = place(sizes)
    module = lower(module_of(make, places, features))
    return Program(module, places, emit_elf(module))
