"""Record the stage a module has reached."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass


@dataclass(frozen=True)
class SetStagePass(ModulePass):
    """Record in the module which stage of the default pipeline it has reached.

    ``set-stage{stage=tiled}`` takes

        builtin.module attributes {nmc.stage = "sparse"} { ... }

    to

        builtin.module attributes {nmc.stage = "tiled"} { ... }
    """

    name = "set-stage"

    stage: str

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.attributes["nmc.stage"] = StringAttr(self.stage)
