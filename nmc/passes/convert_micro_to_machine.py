"""Lower micro IR to machine instructions on virtual registers."""

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from nmc.backend.planning.target_of import resolve_target
from nmc.passes.micro_to_machine import lower_function


class ConvertMicroToMachinePass(ModulePass):
    """Lower micro IR to machine instructions on virtual registers.

    One walk over each function: `micro`, `arith`, `scf` and `func` on i32, index and vectors of
    four bytes become `riscv`, `rv32`, `riscv_scf`, `riscv_func`, `xpulp` and, for counted
    gathers where the module's target has it, `xnm`. Constants fold into immediates; what the
    folding leaves unused is removed. Everything that is not a function stays.

        func.func @next(%p: i32, %acc: i32, %w: vector<4xi8>) -> i32 {
          %c4 = arith.constant 4 : i32
          %q = arith.addi %p, %c4 : i32
          %x = micro.load %q[0] as vector<4xi8> : vector<4xi8>
          %r = micro.dot %acc, %x, %w : vector<4xi8>, vector<4xi8>
          func.return %r : i32
        }

    becomes

        riscv_func.func @next(%p : !riscv.reg, %acc : !riscv.reg, %w : !riscv.reg) -> !riscv.reg {
          %q = riscv.addi %p, 4 : (!riscv.reg) -> !riscv.reg
          %x = riscv.lw %q, 0 : (!riscv.reg) -> !riscv.reg
          %r = xpulp.pv.sdotsp.b %acc, %x, %w : ...
          riscv_func.return %r : !riscv.reg
        }
    """

    name = "convert-micro-to-machine"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        features = resolve_target(op).features
        for function in [f for f in op.body.block.ops if isinstance(f, func.FuncOp)]:
            Rewriter.replace_op(function, lower_function(function, features), [])
