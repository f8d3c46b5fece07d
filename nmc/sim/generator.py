"""Writes the source of the engine: its templates with the table's operations in them."""

from collections.abc import Iterable, Mapping, Sequence

from nmc.sim.build import Build, fill_places, with_observers
from nmc.sim.layout import OP_BODY, OP_CROSSING, OP_MEMORY
from nmc.sim.memory_source import gather_ahead, plain_accesses
from nmc.sim.operation_source import BODY, CROSSING, HAND_WRITTEN, REPEATED
from nmc.sim.operations import HAND_NUMBERS, operations
from nmc.sim.source import EXECUTE, HEADER, LOADS
from nmc.sim.wheel_source import RUN

_NEXT = ["t += 1", "continue"]

VERSION = 1
"""Part of the name of cached engines; the cache is also keyed by the source itself."""


def engine_source(build: Build) -> str:
    """The engine as Python text; its function `run` is the entry."""
    found = operations()
    bodies = {HAND_NUMBERS[name]: _lines(text) for name, text in HAND_WRITTEN.items()}
    bodies |= dict(sorted(found.bodies.items()))
    bodies[OP_CROSSING] = _lines(CROSSING)
    rows = frozenset[int]() if build.observers else found.repeated
    bodies = {
        number: _lines(fill_places(REPEATED, {"BODY": "\n".join(body)}))
        if number in rows
        else [*body, *_NEXT]
        for number, body in bodies.items()
    }
    if build.lookahead:
        bodies[OP_BODY] = _lines(BODY)
        bodies |= {number: _lines(text) for number, text in plain_accesses().items()}
        bodies |= {
            OP_MEMORY | gather.kind: _lines(gather_ahead(gather)) for gather in found.gathers
        }
    addresses = _shared({gather.kind: gather.address for gather in found.gathers})
    finishes = _shared({gather.kind: gather.finish for gather in found.gathers})
    places = {
        "OPERATIONS": _choice("op", [([op], body) for op, body in bodies.items()]),
        "ADDRESSES": _choice("kind", addresses, first="elif", last="else"),
        "LOADS": fill_places(LOADS, {"FINISHES": _choice("kind", finishes, last="else")}),
    }
    header = HEADER.replace("@LOOKAHEAD@", str(build.lookahead))
    return with_observers(header + fill_places(EXECUTE, places) + RUN, build)


def _lines(text: str) -> list[str]:
    return list(text.strip("\n").split("\n"))


def _shared(bodies: Mapping[int, list[str]]) -> list[tuple[list[int], Sequence[str]]]:
    """The different bodies, each with all the numbers it stands for."""
    numbers: dict[tuple[str, ...], list[int]] = {}
    for number, body in bodies.items():
        numbers.setdefault(tuple(body), []).append(number)
    return [(members, body) for body, members in numbers.items()]


def _choice(
    variable: str,
    cases: Iterable[tuple[list[int], Sequence[str]]],
    first: str = "if",
    last: str = "elif",
) -> str:
    """Code that carries out the body of the case that has the variable's value among its numbers.

    `first` and `last` are the keywords of the first and the last case.
    """
    chosen = list(cases)
    lines: list[str] = []
    for place, (numbers, body) in enumerate(chosen):
        condition = " or ".join(f"{variable} == {number}" for number in numbers)
        keyword = first if place == 0 else "elif"
        if last == "else" and place == len(chosen) - 1:
            lines.append("else:" if place or first == "elif" else "if True:")
        else:
            lines.append(f"{keyword} {condition}:")
        lines += ["    " + line for line in body]
    return "\n".join(lines)
