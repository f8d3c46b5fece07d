"""From structured control flow to labels and branches, the last pass before emission."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.riscv_func import FuncOp
from xdsl.passes import ModulePass

from nmc.backend.machine.flattening import flatten_function


@dataclass(frozen=True)
class FlattenControlFlowPass(ModulePass):
    """Spell out loops and branches of allocated functions as one block of instructions.

    A counted loop. The first branch is left out if the body is known to run:

         +---------------------------------------+
         |  <code before>                        |
         |  bge counter, stop, end               |
         +---------------------------------------+
                    |                  |
     -------------->|                  |
     |   +----------v-------------+    |
     |   | body:                  |    |
     |   |   <body>               |    |
     |   |   addi counter, step   |    |
     |   |   blt counter, stop    |    |
     |   +------------------------+    |
     |       |          |              |
     --------           v              v
         +---------------------------------------+
         | end: <code after>                     |
         +---------------------------------------+

    A hardware loop. `last` stands on the body's last instruction, which is no branch; bodies have
    at least 3 instructions, and an outer loop ends 2 instructions or more after its inner one:

         +---------------------------------------+
         |  <code before>                        |
         |  [bge zero, count, end]               |
         |  lp.setup x0, count, last             |   or lp.setupi with a constant count
         +---------------------------------------+   (lp.starti, lp.endi, lp.counti if the
         |    <body>                             |   body has more than 15 instructions)
         | last: <last instruction>              |   repeats count times at no cost
         +---------------------------------------+
         | end: <code after>                     |
         +---------------------------------------+

    `riscv_scf.while` and `xpulp.if`:

        test: <before>                                 b<not predicate> lhs, rhs, else
              beq condition, zero, end                 <then>
              <after>                                  j endif
              j test                            else:  <else>
        end:                                    endif:

    Branches that do not reach become a branch over a jump; jumps to the next line disappear.
    """

    name = "flatten-control-flow"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, FuncOp) and function.body.blocks:
                flatten_function(function)
