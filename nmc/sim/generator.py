"""Writes the source of the engine: the loop of `source.py` with the table's operations in it."""

from textwrap import indent

from nmc.sim.operations import HAND_NUMBERS, operations
from nmc.sim.source import HAND_WRITTEN, HEADER, LOOP, PROFILE

VERSION = 1
"""Part of the name of cached engines; the cache is also keyed by the source itself."""


def engine_source(profile: bool) -> str:
    """The engine as Python text: functions `gather_address`, `gather_finish` and `run`."""
    found = operations()
    header = HEADER
    addresses: list[str] = []
    finishes: list[str] = []
    for gather in found.gathers:
        addresses += _case(addresses, f"kind == {gather.kind}", gather.address)
        finishes += _case(finishes, f"kind == {gather.kind}", gather.finish)
    addresses.append("return 0")
    finishes.append("return")
    header = header.replace("@ADDRESSES@", indent("\n".join(addresses), "    "))
    header = header.replace("@FINISHES@", indent("\n".join(finishes), "    "))
    cases: list[str] = []
    for name, body in HAND_WRITTEN.items():
        op = HAND_NUMBERS.get(name, name)
        cases += _case(cases, f"op == {op}", body.strip("\n").split("\n"))
    for op, body in sorted(found.bodies.items()):
        cases += _case(cases, f"op == {op}", body)
    loop = LOOP.replace("@OPERATIONS@", indent("\n".join(cases), " " * 16))
    places = {"ENTER": 12, "STEP": 16, "LEAVE": 12}
    for place, columns in places.items():
        text = indent(PROFILE[place].strip("\n"), " " * columns) if profile else ""
        loop = loop.replace(f"@PROFILE_{place}@\n", text + "\n" if text else "")
    return header + loop


def _case(before: list[str], condition: str, body: list[str]) -> list[str]:
    keyword = "elif" if before else "if"
    return [f"{keyword} {condition}:", *("    " + line for line in body)]
