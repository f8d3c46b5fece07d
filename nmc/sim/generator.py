"""Writes the source of the engine: the loop of `source.py` with the table's operations in it."""

from textwrap import indent

from nmc.sim.build import Build, with_observers
from nmc.sim.operations import HAND_NUMBERS, operations
from nmc.sim.source import HAND_WRITTEN, HEADER, LOOP

VERSION = 1
"""Part of the name of cached engines; the cache is also keyed by the source itself."""


def engine_source(build: Build) -> str:
    """The engine as Python text: functions `gather_finish` and `run`."""
    found = operations()
    header = HEADER.replace("@FINISHES@", _gathers({g.kind: g.finish for g in found.gathers}, 4))
    cases: list[str] = []
    for name, body in HAND_WRITTEN.items():
        op = HAND_NUMBERS.get(name, name)
        cases += _case(cases, f"op == {op}", body.strip("\n").split("\n"))
    for op, body in sorted(found.bodies.items()):
        cases += _case(cases, f"op == {op}", body)
    loop = LOOP.replace("@OPERATIONS@", indent("\n".join(cases), " " * 16))
    loop = loop.replace("@FINISHES@\n", _gathers({g.kind: g.finish for g in found.gathers}, 20))
    loop = loop.replace(
        "@ADDRESSES@\n", _gathers({g.kind: g.address for g in found.gathers}, 24, "elif")
    )
    return with_observers(header + loop, build)


def _gathers(bodies: dict[int, list[str]], columns: int, first: str = "if") -> str:
    """A choice among gathers by `kind`, those with the same code together."""
    kinds: dict[tuple[str, ...], list[int]] = {}
    for kind, body in bodies.items():
        kinds.setdefault(tuple(body), []).append(kind)
    lines: list[str] = []
    for place, (body, members) in enumerate(kinds.items()):
        condition = " or ".join(f"kind == {kind}" for kind in members)
        keyword = first if place == 0 else "elif"
        last = place == len(kinds) - 1
        lines.append("else:" if last and (place or first == "elif") else f"{keyword} {condition}:")
        lines += ["    " + line for line in body]
    return indent("\n".join(lines), " " * columns) + "\n"


def _case(before: list[str], condition: str, body: list[str]) -> list[str]:
    keyword = "elif" if before else "if"
    return [f"{keyword} {condition}:", *("    " + line for line in body)]
