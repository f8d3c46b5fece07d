"""The largest Vision Transformer each target holds: 12 blocks, as wide as can be.

    python -m benchmarks.largest [--targets vega,pulp-open,gap9] [--compile vega]
                                 [--patterns dense/none,1:8/none,1:8/xnm,1:16/none,1:16/xnm]

The family is that of the published ones, for 224 x 224 images in patches of 16: 12 blocks, heads
64 wide, feed-forward layers of 4 widths. The width is found by bisection, in steps of a head, so
that it fits and a head more does not. Both are planned in full (kernels, tiles, addresses, the
stream of weights), which takes seconds. What is found on the targets of `--compile` is compiled to
its ELF file too, in which the code must fit the bytes it was promised.
"""

import argparse
import sys
import time
from dataclasses import asdict, dataclass
from functools import lru_cache

from benchmarks.fitting import Case, Network, Plan, Refusal, largest, parameters
from benchmarks.results import publish
from nmc.cli.console import TextTable, progress
from nmc.models.vit import Vit

PATTERNS = "dense/none,1:8/none,1:8/xnm,1:16/none,1:16/xnm"

HEAD_WIDTH = 64
GUESSES = {"dense": 5, "1:8": 7, "1:16": 8}
"""Heads to begin with."""

COLUMNS = [
    "target", "linear layers", "features", ">heads", ">width", ">M parameters", ">stored KiB",
    ">L1 KiB", ">L2 KiB", ">L3 KiB", "compiled", "a head more",
]  # fmt: skip

NOTES = (
    "ViT/16 for 224 x 224 images, 12 blocks, heads of 64, feed-forward layers of 4 widths, 100 "
    "classes: ViT-Tiny has 3 heads, ViT-Small 6, ViT-Base 12",
    "stored: weights, biases, multipliers and tables; L1, L2, L3: peaks of the memory plan",
    "both widths were planned up to the last address; compiled: to the ELF file too, code included",
    "blocks after the second are copies of it, with weights of their own",
)


@dataclass(frozen=True)
class Found:
    """The widest network that fits. refusal: of one with a head more."""

    case: Case
    heads: int
    parameters: int
    plan: Plan
    refusal: str
    compiled: bool


def main() -> int:
    """Search; 1 if what was planned does not compile as planned, or a refusal takes two lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--targets", default="vega,pulp-open,gap9")
    parser.add_argument("--compile", default="vega", help="targets whose networks are compiled")
    parser.add_argument("--patterns", default=PATTERNS, help="of linear layers, / features")
    chosen = parser.parse_args()
    begin = time.process_time()
    targets, compiling = chosen.targets.split(","), chosen.compile.split(",")
    patterns = [pattern.split("/") for pattern in chosen.patterns.split(",")]
    cases = [Case(target, *pattern) for target in targets for pattern in patterns]
    guess: dict[tuple[str, str], int] = {}
    every: list[Found] = []
    wrong = 0
    with progress("largest", len(cases)) as step:
        for case in cases:
            pattern = case.sparsity, case.features
            found = widest(
                case, guess.get(pattern, GUESSES.get(case.sparsity, 1)), case.target in compiling
            )
            guess[pattern] = found.heads
            every.append(found)
            wrong += "\n" in found.refusal or found.compiled is not (case.target in compiling)
            step(f"{case.target} {case.sparsity} {case.features}: {found.heads} heads")
            _publish(every, time.process_time() - begin)
    return 1 if wrong else 0


def _publish(every: list[Found], seconds: float) -> None:
    """Keep what is found so far: a search takes minutes."""
    table = TextTable("the widest ViT of 12 blocks", COLUMNS, [row(found) for found in every])
    notes = (*NOTES, f"seconds of the processor: {seconds:.0f}")
    targets = ",".join(dict.fromkeys(found.case.target for found in every))
    publish("largest", [table], notes, [asdict(found) for found in every], targets)


def widest(case: Case, guess: int, compiling: bool) -> Found:
    """The widest network a machine holds; compiled, if asked for, to the very same plan."""
    plans: dict[int, Plan | Refusal] = {}

    def fits(heads: int) -> bool:
        plans[heads] = network(heads).plan(case)
        return isinstance(plans[heads], Plan)

    heads = largest(fits, guess)
    plan, refusal = plans.get(heads), plans[heads + 1]
    if not isinstance(plan, Plan) or not isinstance(refusal, Refusal):
        raise SystemExit(f"{case}: not even one head fits: {refusal}")
    compiled = compiling and network(heads).plan(case, compiled=True) == plan
    count = parameters(network(heads).vit)
    return Found(case, heads, count, plan, refusal.reason, compiled)


@lru_cache(maxsize=4)
def network(heads: int) -> Network:
    """The member of the family with so many heads."""
    width = heads * HEAD_WIDTH
    return Network(Vit(width=width, heads=heads, mlp=4 * width))


def row(found: Found) -> list[str]:
    """A line of the table."""
    case, peaks = found.case, found.plan.peaks
    return [
        case.target,
        case.sparsity,
        case.features,
        str(found.heads),
        str(found.heads * HEAD_WIDTH),
        f"{found.parameters / 1e6:.1f}",
        f"{found.plan.stored / 1024:,.0f}",
        *(f"{peaks.get(space, 0) / 1024:,.0f}" for space in ("l1", "l2", "l3")),
        "yes" if found.compiled else "",
        found.refusal,
    ]


if __name__ == "__main__":
    sys.exit(main())
