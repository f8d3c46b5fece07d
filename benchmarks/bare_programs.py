"""Free-standing programs for eight cores, one for each way to spend a simulator's time.

`programs/NAME.s` behind `programs/startup.s`; ROUNDS says how long it runs.
"""

from dataclasses import dataclass
from pathlib import Path

from nmc.backend.asm.emission import assemble
from nmc.targets import Target

SOURCES = Path(__file__).parent / "programs"
CORES = 8


@dataclass(frozen=True)
class BareProgram:
    """rounds: for about a hundred million instructions. What it stands for is in the source."""

    name: str
    what: str
    rounds: int


PROGRAMS = (
    BareProgram("compute", "compute-bound", 300_000),
    BareProgram("branchy", "branchy", 40_000),
    BareProgram("memory", "memory-bound", 6_000),
    BareProgram("barriers", "barrier-heavy", 80_000),
    BareProgram("transfers", "DMA-heavy", 10_000),
)


def build(name: str, rounds: int, target: Target) -> bytes:
    """The ELF file of a program."""
    texts = [(SOURCES / f"{part}.s").read_text("utf-8") for part in ("startup", name)]
    text = f".equ ROUNDS, {rounds}\n" + "\n".join(texts)
    return assemble(text, target, str(SOURCES / f"{name}.s"))
