"""A compiled Vision Transformer on several inputs: bits, and its outputs beside onnxruntime's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.attention_parts import Part, attention_parts
from nmc.cli.console import TextTable
from nmc.frontend import load_model, read_graph
from nmc.program import Program
from nmc.reference.comparison import MARGIN_STEPS, OUTPUT_STEPS
from nmc.reference.onnxruntime_model import WholeModel

COLUMNS = [
    "network", "features", ">input", "bits", ">cycles", ">steps from onnxruntime",
    ">winner's lead, steps", "winner",
]  # fmt: skip


@dataclass(frozen=True)
class InputRun:
    """The program on one input, that of seed `seed`.

    exact: every bit was the reference's. steps: the largest difference of an output from
    onnxruntime's without optimisations, in steps of the output's scale; lead: of its winner over
    the next, in steps; same_winner: ours is the same.
    """

    seed: int
    exact: bool
    cycles: int
    steps: int
    lead: int
    same_winner: bool

    @property
    def holds(self) -> bool:
        """Whether bits are the reference's and outputs within the contract of docs/numerics.md."""
        decided = self.lead > MARGIN_STEPS
        return self.exact and self.steps <= OUTPUT_STEPS and (self.same_winner or not decided)


def run_inputs(
    model: Path, directory: Path, seeds: Sequence[int]
) -> tuple[list[InputRun], list[Part]]:
    """Simulate a program on the inputs onnxruntime is given too; attention's parts in the first."""
    loaded, where = load_model(model)
    whole = WholeModel(loaded, read_graph(loaded, where))
    program = Program.load(directory)
    (port,) = whole.ports
    found: list[InputRun] = []
    parts: list[Part] = []
    for seed in seeds:
        inputs = whole.random_inputs(seed)
        theirs = whole.run(inputs)[whole.output_tensor(port)].astype(np.int64).reshape(-1)
        result = program.run(inputs, check=True, profile=not found)
        parts = parts or attention_parts(program, result)
        ours = result.integers[port].astype(np.int64).reshape(-1)
        ranked = np.sort(theirs)
        found.append(
            InputRun(
                seed,
                result.exact is True,
                result.cycles,
                int(np.abs(ours - theirs).max()),
                int(ranked[-1] - ranked[-2]),
                bool(ours.argmax() == theirs.argmax()),
            )
        )
    return found, parts


def inputs_table(title: str, runs: Sequence[tuple[str, str, InputRun]]) -> TextTable:
    """A line for each network, features and input."""
    rows = [
        [
            sparsity,
            features,
            str(run.seed),
            "exact" if run.exact else "DIFFER",
            f"{run.cycles:,}",
            str(run.steps),
            str(run.lead),
            "same" if run.same_winner else "other",
        ]
        for sparsity, features, run in runs
    ]
    return TextTable(title, COLUMNS, rows)
