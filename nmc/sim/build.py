"""The builds of the engine: the plain one, and those that observe the program as well.

The loop of `source.py` has places such as `@STEP@`. An observer is code for some of them; the plain
build has none, and costs nothing for those it could have had.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from textwrap import indent


@dataclass(frozen=True)
class Build:
    """What an engine observes beside simulating."""

    profile: bool = False
    """Executions, cycles and stalls of every instruction on every core; segments and transfers."""

    @property
    def observers(self) -> tuple[str, ...]:
        """Those that are on."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name))

    @property
    def kind(self) -> str:
        """What the engine is called."""
        return " ".join((*(_ADJECTIVES[name] for name in self.observers), "simulator"))


PLAIN = Build()

_ADJECTIVES = {"profile": "profiling"}

_PROFILE = {
    "TURN": """
if s[RECORDED] > RECORDS_FULL:
    s[NOW] = now
    s[REQUESTS] = requests
    return STATUS_RECORDS
""",
    "ENTER": """
last_idx = s[u64(p | PROFILE_IDX)]
last_time = s[u64(p | PROFILE_TIME)]
profile_at = s[AT_PROFILE] + ((c * (s[AT_LINES] - s[AT_REGIONS])) << PROFILE_SHIFT)
region = s[u64(s[AT_OPEN] + (c << OPEN_SHIFT) + OPEN_REGION)]
""",
    "STEP": """
t = time + (idx >> 2)
spent = t - last_time
row = profile_at + ((last_idx >> 2) << PROFILE_SHIFT)
s[u64(row + SPENT)] += spent
if spent > 1:
    note_stalls(s, c, row)
s[u64(profile_at + ((idx >> 2) << PROFILE_SHIFT))] += int64(op != OP_LAYER and op != OP_CROSSING)
last_idx = idx
last_time = t
entered = s[u64(s[AT_REGIONS] + (idx >> 2))]
if entered != region:
    enter_region(s, c, entered, t, count + (idx >> 2))
    region = entered
""",
    "LEAVE": """
s[u64(p | PROFILE_IDX)] = last_idx
s[u64(p | PROFILE_TIME)] = last_time
""",
}

_OBSERVERS: Mapping[str, Mapping[str, str]] = {"profile": _PROFILE}
"""Code by observer and place.

TURN: the next time step begins. ENTER: a core is about to go on. STEP: it executes instruction `w`
at slot `idx`. LEAVE: it is parked again.
"""

_PLACE = re.compile(r"^( *)@(TURN|ENTER|STEP|LEAVE)@\n", re.MULTILINE)


def with_observers(source: str, build: Build) -> str:
    """The source with every place filled: by the code of the build's observers, or by nothing."""

    def fill(place: re.Match[str]) -> str:
        columns, name = place.groups()
        texts = (_OBSERVERS[observer].get(name, "") for observer in build.observers)
        return "".join(indent(text.strip("\n") + "\n", columns) for text in texts if text)

    return _PLACE.sub(fill, source)
