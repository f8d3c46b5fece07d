"""What all parts of the generator write to, and the registers they agreed on."""

from random import Random

from nmc.targets import Target

CORE = "a0"
"""The core's number."""
SHARED, OWN, FAR = "s0", "s1", "s2"
"""Bases: words of L1 all cores use, words of L1 of this core, words of L2 all cores use."""
EVENTS, DMA, L3 = "s3", "s4", "s5"
"""Register blocks."""
POINTERS = ("s6", "s7")
COUNTERS = ("s8", "s9", "s10")
"""Of software loops, by depth."""
SCRATCH = "s11"
POOL = ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "gp", "t0", "t1", "t2", "t3", "t4", "t5", "t6")
"""Registers for anything."""

SHARED_BYTES, OWN_BYTES, FAR_BYTES = 1024, 100, 2000
"""What accesses at an immediate distance reach."""
OWN_STRIDE = 256
"""From a core's own words to the next one's. Those behind the first half hold saved values."""


class Writer:
    """Lines of assembly, and the dice."""

    def __init__(self, seed: int, target: Target):
        self.seed = seed
        self.rng = Random(seed)
        self.target = target
        self.lines: list[str] = []
        self.labels = 0
        self.functions: list[str] = []
        """Labels of functions that may be called; their text is written at the end."""
        self.compressed = self.chance(0.25)
        """Whether there are compressed instructions."""
        self.software_depth = 0
        self.hardware_depth = 0
        self.in_function = False
        self.in_transfer = False

    def put(self, *lines: str) -> None:
        """Writes lines."""
        self.lines += lines

    def align(self) -> None:
        """Goes on at a word, which hardware loops need."""
        if self.compressed:
            self.put(".balign 4")

    def label(self, name: str = "x") -> str:
        """A new label, not written yet."""
        self.labels += 1
        return f".L{name}{self.labels}"

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.rng.random() < probability

    def register(self) -> str:
        """A register for a result; rarely x0."""
        return "x0" if self.chance(0.03) else self.rng.choice(POOL)

    def source(self) -> str:
        """A register to read; now and then x0."""
        return "x0" if self.chance(0.06) else self.rng.choice(POOL)
