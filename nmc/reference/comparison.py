"""Counts of a comparison with another implementation, and whether they are within the bounds."""

from dataclasses import dataclass

RATE, ROW_RATE = 200, 50
"""A layer may be off by one in fewer than one output of this many, a layer of `ROWS` of this."""
ROWS = ("qnn.softmax", "qnn.layer_norm")
OUTPUT_STEPS = 3
"""Final outputs may be off by this many steps of their scale."""
MARGIN_STEPS = 4
"""The winner must agree where it leads by more steps than this."""


@dataclass(frozen=True)
class LayerComparison:
    """One layer fed the other side's inputs.

    `outputs` were compared, `ties` of them left out of the count because exact arithmetic lies
    half-way between two results; `off_by_one` differ by 1, `worst` is the largest difference
    (ties included). `exact` layers move data and may not differ at all.
    """

    layer: str
    op: str
    outputs: int
    ties: int
    off_by_one: int
    worst: int
    exact: bool

    def problem(self) -> str | None:
        """What is outside the bounds, None when all is well."""
        place = f"layer {self.layer} ({self.op})"
        if not self.outputs:
            return f"{place}: nothing was compared"
        if self.exact and self.worst:
            return f"{place}: differs by up to {self.worst}, and should be exact"
        if self.worst > 1:
            return f"{place}: differs by {self.worst}"
        rate = ROW_RATE if self.op in ROWS else RATE
        if self.off_by_one * rate >= max(self.outputs - self.ties, 1) and self.off_by_one:
            return f"{place}: {self.off_by_one} of {self.outputs} outputs are off by 1"
        return None


@dataclass(frozen=True)
class OutputComparison:
    """One output of the whole network over `inputs` inputs, each side computing all layers.

    `worst` is the largest difference in steps of the output's scale. For an output [1, N] the
    winner was compared on the `decided` inputs where it leads by more than MARGIN_STEPS on the
    other side, and was the same on `agreed` of them.
    """

    output: str
    inputs: int
    worst: int
    decided: int
    agreed: int

    def problem(self) -> str | None:
        """What is outside the bounds, None when all is well."""
        if not self.inputs:
            return f"output {self.output}: nothing was compared"
        if self.worst > OUTPUT_STEPS:
            return f"output {self.output}: differs by {self.worst} steps"
        if self.agreed < self.decided:
            return f"output {self.output}: {self.decided - self.agreed} winners differ"
        return None


@dataclass(frozen=True)
class Comparison:
    """All layers and all outputs of one model."""

    layers: tuple[LayerComparison, ...]
    outputs: tuple[OutputComparison, ...]

    def problems(self) -> list[str]:
        """One line for each bound that is broken; a comparison without layers is one, too."""
        found = [part.problem() for part in (*self.layers, *self.outputs)]
        if not self.layers or not self.outputs:
            found.append("nothing was compared")
        return [line for line in found if line is not None]

    def summary(self) -> str:
        """Counts for a log, one line."""
        outputs = sum(layer.outputs for layer in self.layers)
        off = sum(layer.off_by_one for layer in self.layers)
        ties = sum(layer.ties for layer in self.layers)
        worst = max((layer.worst for layer in self.layers), default=0)
        ends = "; ".join(
            f"{end.output}: worst {end.worst} steps over {end.inputs} inputs,"
            f" {end.agreed} of {end.decided} decided winners agree"
            for end in self.outputs
        )
        return (
            f"{len(self.layers)} layers, {outputs} outputs, {off} off by one, worst {worst},"
            f" {ties} ties left out; {ends}"
        )
