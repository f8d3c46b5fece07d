"""IR as `nmc-opt` writes it."""

from dataclasses import dataclass
from io import StringIO
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.targets.mlir import MLIRTarget


@dataclass(frozen=True)
class IRTarget(MLIRTarget):
    """xDSL's, ending in one newline as stage files do: a stage read and written is the same."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Write the text."""
        text = StringIO()
        super().emit(ctx, module, text)
        output.write(text.getvalue().rstrip("\n") + "\n")
