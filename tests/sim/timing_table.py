"""The manual's timing table: what each row expects, where that is from, how it is measured.

A test measures every row and holds it against its expectation and against the manual.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sim.measure import measure

MANUAL = Path(__file__).parents[2] / "docs" / "simulator.md"
HEADER = "| what | expected | measured | source |"
_NUMBER = re.compile(r"[+-]?\d[\d,]*")


@dataclass(frozen=True)
class Row:
    """A row of the table. `within` is the relative deviation allowed; 0 is exact."""

    what: str
    expected: str
    source: str
    measure: Callable[[], str]
    within: float = 0.0

    def line(self, measured: str) -> str:
        """The row as it stands in the manual."""
        return f"| {self.what} | {self.expected} | {measured} | {self.source} |"


def numbers(text: str) -> list[int]:
    """The numbers in a cell; `80 + n` is 80."""
    return [int(number.replace(",", "")) for number in _NUMBER.findall(text)]


def manual_rows() -> list[str]:
    """The rows of the table in the manual."""
    lines = MANUAL.read_text("utf-8").splitlines()
    rows = lines[lines.index(HEADER) + 2 :]
    return rows[: next(i for i, line in enumerate(rows) if not line.startswith("|"))]


def cells(values: Sequence[int], sign: str = "") -> str:
    """Numbers as a cell; one for all if they are equal."""
    shown = values[:1] if len(set(values)) == 1 and len(values) > 2 else values
    return ", ".join(f"{value:{sign},}" for value in shown)


def cycles_of(*codes: tuple[str, str]) -> list[int]:
    """Cycles of pieces of code behind their set-ups."""
    return [measure(code, setup)[0] for setup, code in codes]
