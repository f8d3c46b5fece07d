"""A stage that is executed itself: a module of the graph or the scheduled level."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from nmc.errors import NmcError
from nmc.pipelines.stages import stage_of
from nmc.program.arrays import Tensors
from nmc.program.check import against_reference, reference
from nmc.program.interpret import boundary, interpret_module
from nmc.program.result import Result
from nmc.program.stage_texts import StageFiles
from nmc.program.tensors import TensorInfo

INTERPRETED_LEVELS = ("graph", "scheduled")


@dataclass(frozen=True)
class InterpretedStage:
    """A module ready to be executed. others: stages beside it, to check it against."""

    module: ModuleOp
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    others: Mapping[str, str]

    @classmethod
    def of(cls, module: ModuleOp, path: Path) -> "InterpretedStage":
        """The stage in a file; raises `NmcError` if it has no @main on tensors."""
        inputs, outputs = boundary(module)
        return cls(module, inputs, outputs, StageFiles(path.parent))

    def run(self, inputs: Tensors, check: bool = False) -> Result:
        """Execute the stage on integers.

        check: compare it with the graph in the files beside it. Raises `NmcError` for a graph,
        which is the reference itself, and where there is no graph to compare with.
        """
        stage = stage_of(self.module)
        if check and stage.level == "graph":
            raise NmcError(
                f"stage '{stage.name}' is the reference itself, so there is nothing to check it "
                "against; leave out --check"
            )
        found = interpret_module(self.module, inputs)
        outputs = {
            tensor.name: tensor.to_model(found.outputs[tensor.name]) for tensor in self.outputs
        }
        result = Result(integers=found.outputs, outputs=outputs)
        return against_reference(reference(self.others, inputs), result) if check else result
