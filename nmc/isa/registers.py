"""Integer register names."""

ABI_NAMES: tuple[str, ...] = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2"),
    *("s0", "s1"),
    *(f"a{i}" for i in range(8)),
    *(f"s{i}" for i in range(2, 12)),
    *("t3", "t4", "t5", "t6"),
)
"""ABI name of register x0..x31."""

_NUMBERS: dict[str, int] = {
    **{f"x{i}": i for i in range(32)},
    **{name: i for i, name in enumerate(ABI_NAMES)},
    "fp": 8,
}


def register_number(name: str) -> int | None:
    """0..31 for an ABI or x-name, None for anything else."""
    return _NUMBERS.get(name)
