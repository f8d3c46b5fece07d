"""Compares the engines on random programs and prints what was compared.

python -m tests.sim.random_programs [FIRST [COUNT]]
"""

import sys
from collections import Counter

from tests.sim.random_programs.comparison import compare
from tests.sim.random_programs.program import make_program


def main(first: int = 0, count: int = 2000) -> int:
    """Exit status 1 if the engines disagree on a program."""
    ends: Counter[str] = Counter()
    cycles = instructions = 0
    different: list[int] = []
    for seed in range(first, first + count):
        try:
            compared = compare(make_program(seed))
        except AssertionError as error:
            different.append(seed)
            [what, *_] = [*str(error).splitlines(), "another result"]
            print(f"program {seed}: {what}", file=sys.stderr)
            continue
        ends[compared.end] += 1
        cycles += compared.cycles
        instructions += compared.instructions
    print(f"{count} programs, {instructions} instructions in {cycles} cycles compared")
    for end, number in ends.most_common():
        print(f"{number:6d} {end}")
    print(f"{len(different)} differ", *different)
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
