"""What layers take in their place in the program, told from its finished code."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, ModuleOp, StringAttr, i64
from xdsl.ir import Attribute
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import DiagnosticException
from xdsl.utils.hints import isa

from nmc.backend.asm.emission import MAIN, stacks_of
from nmc.backend.planning.target_of import resolve_target
from nmc.backend.static_timing import Program, place_code, start_up, time_layers

LAYER, LAYERS = "nmc.layer", "nmc.layers"


@dataclass(frozen=True)
class TimeLayersPass(ModulePass):
    """Note on short layers the cycles that their flat code takes, as `timed`.

        riscv_func.func @layer_03_pool() attributes {nmc.layer = {cycles = 1214 : i64, ..}} {..}

    becomes

        riscv_func.func @layer_03_pool() attributes
            {nmc.layer = {cycles = 1214 : i64, .., timed = 945 : i64}} {..}

    and so does its record in the module's `nmc.layers`. Every core is followed through the code by
    the numbers that are known, with the instruction caches as the layers before have left them.
    `most`: layers whose plan says that they take longer are left alone: following them would take
    long, and what is told here counts for little. So are layers whose way depends on data. The
    code does not change.
    """

    name = "time-layers"

    most: int = 12_000

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        records = op.attributes.get(LAYERS)
        functions = {
            function.sym_name.data: function
            for function in op.ops
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks
        }
        if not isa(records, ArrayAttr[DictionaryAttr]) or MAIN not in functions:
            return
        plans = list(records.data)
        for plan in plans:
            if _symbol(plan) not in functions:
                raise DiagnosticException(
                    f"{LAYERS}: the code of layer '{_symbol(plan)}' is no function of the module; "
                    "run convert-cluster-to-micro and what follows it on the whole module"
                )
        target = resolve_target(op)
        around = start_up(target, stacks_of(op, target))
        program = Program(place_code(op, around.end, target), MAIN, around, target)
        short = {_symbol(plan) for plan in plans if _cycles(plan) <= self.most}
        times = time_layers(program, [_symbol(plan) for plan in plans], short)
        op.attributes[LAYERS] = ArrayAttr(_noted(plan, times.get(_symbol(plan))) for plan in plans)
        for symbol, cycles in times.items():
            record = functions[symbol].attributes.get(LAYER)
            if isinstance(record, DictionaryAttr):
                functions[symbol].attributes[LAYER] = _noted(record, cycles)


def _symbol(plan: DictionaryAttr) -> str:
    symbol = plan.data.get("symbol")
    return symbol.data if isinstance(symbol, StringAttr) else ""


def _cycles(plan: DictionaryAttr) -> int:
    cycles = plan.data.get("cycles")
    return cycles.value.data if isinstance(cycles, IntegerAttr) else 0


def _noted(plan: DictionaryAttr, cycles: int | None) -> DictionaryAttr:
    if cycles is None:
        return plan
    found: dict[str, Attribute] = {**plan.data, "timed": IntegerAttr(cycles, i64)}
    return DictionaryAttr(found)
