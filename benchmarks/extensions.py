"""What each part of the extension saves, by layer and by network, and what it asks of hardware.

    python -m benchmarks.extensions [--sparsity 1:4,1:8,1:16]

ResNet18 on CIFAR-100 compiled for each set of features, every result checked bit for bit. The last
set is a core that multiplies 32 x 32 bits to 64 in five cycles, as RI5CY does.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.commands import Measurement, measure
from benchmarks.published import RESNET18_CYCLES
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.isa.table import EXTENSIONS, Instruction, load_table
from nmc.targets import target_text


@dataclass(frozen=True)
class FeatureSet:
    """What a machine has. slow: its wide products take five cycles."""

    label: str
    features: str
    slow: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the extension it has."""
        return tuple(EXTENSIONS) if self.features == "xnm" else tuple(self.features.split(","))


SETS = (
    FeatureSet("none", "none"),
    FeatureSet("xdecimate", "xdecimate"),
    FeatureSet("xgather", "xgather"),
    FeatureSet("xgmac", "xgmac"),
    FeatureSet("xgmac, xrq", "xgmac,xrq"),
    FeatureSet("xnm (all)", "xnm"),
    FeatureSet("xnm, xrq in 5", "xnm", slow=True),
)

HARDWARE_COLUMNS = [
    "part", ">instructions", ">register reads", ">writes", ">memory ports", ">bytes an access",
    ">state bits", ">cycles", "arithmetic",
]  # fmt: skip

ARITHMETIC = {
    "xdecimate": "address adder of three inputs, lane multiplexers",
    "xgather": "address adder as loads have",
    "xgmac": "as xgather; four 9x8-bit multipliers, four 32-bit adders",
    "xrq": "32x32 to 64 bits (none with 5 cycles), 64-bit shifter, 33-bit adder, clip",
}
"""What no instruction table says; docs/xnm.md has it in full."""


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="1:4,1:8,1:16")
    chosen = parser.parse_args()
    directory = Path("build/bench/extensions")
    directory.mkdir(parents=True, exist_ok=True)
    slow = directory / "slow-products.toml"
    text, _ = target_text("vega")
    slow.write_text(text.replace("requantise = 1", "requantise = 5"), encoding="utf-8")
    found: dict[str, list[Measurement]] = {}
    for sparsity in chosen.sparsity.split(","):
        found[sparsity] = [
            measure(
                directory,
                sparsity,
                one.features,
                options=("--target", str(slow.resolve())) if one.slow else (),
            )
            for one in SETS
        ]
    tables = [hardware(), networks(found)]
    tables += [layers(sparsity, measured) for sparsity, measured in found.items()]
    notes = [
        "saved: of the cycles without extension. State is the counter and the accumulators, shared "
        "by all parts; arithmetic and pipeline registers: docs/xnm.md",
        "no cycles of an addition: it is fused into the layer before",
        "xdecimate saves where the planner takes a kernel of its; the kernels without extension "
        "are mostly faster (benchmarks.kernels has each kernel beside each)",
    ]
    publish("extensions", tables, notes, [_data(s, m) for s, row in found.items() for m in row])
    return 0 if all(m.exact for row in found.values() for m in row) else 1


def hardware() -> TextTable:
    """From the instruction table: the most any instruction of a part asks for."""
    rows: list[list[str]] = []
    for part in EXTENSIONS:
        own = [row for row in load_table() if row.ext == part]
        rows.append([part, str(len(own)), *_needs(own), ARITHMETIC[part]])
    return TextTable("What the parts of the extension need", HARDWARE_COLUMNS, rows)


def state_bits(rows: Sequence[Instruction]) -> int:
    """Of the registers of 32 bits that instructions read or write beside the register file."""
    return 32 * len({name for row in rows for name in (*row.state_uses, *row.state_defs)})


def _needs(rows: Sequence[Instruction]) -> list[str]:
    return [
        str(max(len(row.uses) for row in rows)),
        str(max(len(row.defs) for row in rows)),
        str(int(any(row.access_bytes for row in rows))),
        str(max(row.access_bytes for row in rows)),
        str(state_bits(rows)),
        "/".join(sorted({row.cycles for row in rows})),
    ]


def networks(found: dict[str, list[Measurement]]) -> TextTable:
    columns = [
        "ResNet18", "features", ">state bits", ">Mcycles", ">saved", ">times faster",
        ">published/ours", "exact",
    ]  # fmt: skip
    rows: list[list[str]] = []
    for sparsity, measured in found.items():
        plain = measured[0].run["cycles"]
        for one, m in zip(SETS, measured, strict=True):
            cycles = m.run["cycles"]
            rows.append(
                [
                    sparsity,
                    one.label,
                    str(state_bits([row for row in load_table() if row.ext in one.parts])),
                    f"{cycles / 1e6:.2f}",
                    f"{1 - cycles / plain:.0%}",
                    f"{plain / cycles:.2f}",
                    f"{RESNET18_CYCLES[sparsity] / cycles:.2f}",
                    "yes" if m.exact else "NO",
                ]
            )
    return TextTable("ResNet18, CIFAR-100, 8 cores", columns, rows)


def layers(sparsity: str, measured: Sequence[Measurement]) -> TextTable:
    """Cycles of every layer with each set, and the kernel of the whole extension.

    Networks differ in the additions that are fused into the layer before: no layer, no cycles.
    """
    columns = ["layer", *(f">{one.label}" for one in SETS), ">saved by xnm", "kernel with xnm"]
    runs = [{layer["name"]: layer for layer in m.run["layers"]} for m in measured]
    plain, whole = runs[0], runs[[one.label for one in SETS].index("xnm (all)")]
    rows: list[list[str]] = []
    for name in _merged([list(run) for run in runs]):
        cells = [f"{run[name]['cycles']:,}" if name in run else "" for run in runs]
        both = name in plain and name in whole and plain[name]["cycles"]
        saved = f"{1 - whole[name]['cycles'] / plain[name]['cycles']:.0%}" if both else ""
        rows.append([name, *cells, saved, whole[name]["kernel"] if name in whole else ""])
    return TextTable(f"{sparsity}: cycles of the layers", columns, rows)


def _merged(orders: Sequence[list[str]]) -> list[str]:
    """Every name once, each behind what it is behind where it first occurs."""
    names: list[str] = []
    for order in orders:
        place = 0
        for name in order:
            if name not in names:
                names.insert(place, name)
            place = names.index(name) + 1
    return names


def _data(sparsity: str, m: Measurement) -> dict[str, Any]:
    kept = {key: m.run[key] for key in ("cycles", "instructions", "exact") if key in m.run}
    each = [{k: layer[k] for k in ("name", "kernel", "cycles")} for layer in m.run["layers"]]
    row = {"sparsity": sparsity, "features": m.features, "seconds": asdict(m)["compile_seconds"]}
    return row | kept | {"layers": each}


if __name__ == "__main__":
    sys.exit(main())
