"""Compiles and runs random networks and prints what came of them.

python -m tests.e2e.random_networks [FIRST [COUNT]]
"""

import sys
from collections import Counter

from tests.e2e.random_networks.network import make_network, outcome


def main(first: int = 0, count: int = 100) -> int:
    """Exit status 1 if one is neither exact nor refused for a good reason."""
    ends: Counter[str] = Counter()
    wrong: list[int] = []
    for seed in range(first, first + count):
        network = make_network(seed)
        end = outcome(network)
        ends[end.kind] += 1
        if not end.good:
            wrong.append(seed)
            print(f"network {seed}: {end}\n    {network}", file=sys.stderr)
    for kind, number in ends.most_common():
        print(f"{number:6d} {kind}")
    print(f"{len(wrong)} wrong", *wrong)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
