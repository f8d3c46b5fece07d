"""A program on the simulated machine: inputs written to L2, outputs read from it."""

from collections.abc import Iterator, Mapping
from typing import Any

from nmc.elf import read_elf
from nmc.errors import NmcError, ProgramFault
from nmc.program.arrays import Tensors
from nmc.program.manifest import LayerInfo, Manifest
from nmc.program.result import LayerResult, Result
from nmc.sim import LayerResult as SimLayerResult
from nmc.sim import SimResult, Simulator

# A program that takes longer than this will not end: the planner is within a factor of two.
LIMIT_FACTOR = 20
LIMIT_CYCLES = 10_000_000


class Machine:
    """A simulator with one program loaded; it may run many times."""

    def __init__(
        self, manifest: Manifest, elf: bytes, profile: bool = False, sanitize: bool = False
    ):
        self.target = manifest.target.load()
        self.manifest = manifest
        estimate = sum(layer.estimate for layer in manifest.layers)
        self.max_cycles = LIMIT_FACTOR * estimate + LIMIT_CYCLES
        self.image = read_elf(elf)
        self.simulator = Simulator(self.image, self.target, profile=profile, sanitize=sanitize)

    def run(self, inputs: Tensors, repeat: int = 1) -> Result:
        """Run `repeat` times on the same inputs; the measurements are those of the last run.

        Raises `ProgramFault` where the program faults, ends with a status that is not 0, does not
        end in many times the cycles the planner thought of, or where a repetition's cycles or bits
        differ from the first's.
        """
        if repeat < 1:
            raise NmcError(f"repeat = {repeat}: run at least once")
        results = [self._run_once(inputs) for _ in range(repeat)]
        first, last = results[0], results[-1]
        for number, result in enumerate(results[1:], 2):
            if result.cycles != first.cycles or not _equal(result.integers, first.integers):
                raise ProgramFault(
                    f"run {number} of {repeat} gave other cycles or bits than the first: "
                    f"{result.cycles} cycles after {first.cycles}; the program leaves state behind"
                )
        return last

    def _run_once(self, inputs: Tensors) -> Result:
        self._write(inputs)
        measured = self.simulator.run(self.max_cycles)
        if measured.exit_code != 0:
            raise ProgramFault(f"the program ended with status {measured.exit_code}, expected 0")
        integers = {
            tensor.name: tensor.from_bytes(self.simulator.read(tensor.address, tensor.bytes))
            for tensor in self.manifest.outputs
        }
        outputs = {
            tensor.name: tensor.to_model(integers[tensor.name]) for tensor in self.manifest.outputs
        }
        return Result(
            integers=integers,
            outputs=outputs,
            cycles=measured.cycles,
            instructions=measured.instructions,
            host_seconds=measured.seconds_simulating,
            macs=self.manifest.macs,
            layers=self._layers(measured),
            cores=measured.cores,
            bank_conflicts=measured.bank_conflicts,
            profile=measured.profile,
            findings=measured.findings if self.simulator.build.sanitize else None,
            simulated=measured,
        )

    def _write(self, inputs: Tensors) -> None:
        for tensor in self.manifest.inputs:
            self.simulator.write(tensor.address, inputs[tensor.name].tobytes())

    def _layers(self, measured: SimResult) -> tuple[LayerResult, ...]:
        """The simulator's table of layers, which it knows by name, joined with the manifest's."""
        rows = {row.name: row for row in measured.layers}
        for layer in self.manifest.layers:
            if layer.name not in rows:
                raise NmcError(
                    f"layer '{layer.name}' of {self.manifest.name}'s program.json is not in its "
                    "program.elf; compile the model again"
                )
        return tuple(_joined(layer, rows[layer.name]) for layer in self.manifest.layers)

    def layer_outputs(self, inputs: Tensors) -> Iterator[tuple[LayerInfo, bytes]]:
        """Run once more, giving each layer with what it left in L2, in the order they run.

        Buffers are used again by later layers, so an output is read when the next layer begins,
        or when the program has ended.
        """
        self._write(inputs)
        self.simulator.start()
        self.simulator.advance(self.max_cycles)  # to the first layer's entry
        for layer in self.manifest.layers:
            self.simulator.advance(self.max_cycles)
            yield layer, self.simulator.read(layer.output_address, layer.output_bytes)


def _joined(layer: LayerInfo, row: SimLayerResult) -> LayerResult:
    return LayerResult(
        name=layer.name,
        op=layer.op,
        kernel=layer.kernel,
        cycles=row.cycles,
        estimate=layer.estimate,
        macs=layer.macs,
        instructions=row.instructions,
        dma_bytes=row.dma_bytes,
        l3_bytes=row.l3_bytes,
        stalls=row.stalls,
        cores=row.cores,
        bank_conflicts=row.bank_conflicts,
        traffic=row.traffic,
    )


def _equal(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    return all(a[name].tobytes() == b[name].tobytes() for name in a)
