"""The builds of the engine: the plain one, and those that observe the program as well.

The loop of `source.py` has places such as `@STEP@`. An observer is code for some of them; the plain
build has none, and costs nothing for those it could have had.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent

LOOKAHEAD = 768


@dataclass(frozen=True)
class Build:
    """What an engine observes beside simulating."""

    profile: bool = False
    """Executions, cycles and stalls of every instruction on every core; segments and transfers."""
    sanitize: bool = False
    """Races, uninitialised reads, accesses outside the memory plan, see nmc.sim.sanitize."""
    lookahead: int = LOOKAHEAD
    """For how many cycles a core makes L1 accesses ahead of their time, see docs/simulator.md. It
    changes nothing but the host's time; observers see every access at its time: with them it is
    0."""

    def __post_init__(self) -> None:
        if self.observers:
            object.__setattr__(self, "lookahead", 0)

    @property
    def observers(self) -> tuple[str, ...]:
        """Those that are on."""
        return tuple(name for name in _OBSERVERS if getattr(self, name))

    @property
    def parts(self) -> tuple[str, ...]:
        """Patterns of the modules beside the plain engine's that are compiled into it."""
        return tuple(_PARTS[observer] for observer in self.observers if observer in _PARTS)

    @property
    def kind(self) -> str:
        """What the engine is called."""
        return " ".join((*(_ADJECTIVES[name] for name in self.observers), "simulator"))


_ADJECTIVES = {"profile": "profiling", "sanitize": "sanitizing"}

_PROFILE = {
    "TURN": """
if s[RECORDED] > RECORDS_FULL:
    s[NOW] = now
    return STATUS_RECORDS
""",
    "ENTER": """
last_idx = s[u64(p | PROFILE_IDX)]
last_time = s[u64(p | PROFILE_TIME)]
profile_at = s[AT_PROFILE] + ((c * (s[AT_LINES] - s[AT_REGIONS])) << PROFILE_SHIFT)
region = s[u64(s[AT_OPEN] + (c << OPEN_SHIFT) + OPEN_REGION)]
""",
    "STEP": """
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
    enter_region(s, c, entered, t, t - lost)
    region = entered
""",
    "LEAVE": """
s[u64(p | PROFILE_IDX)] = last_idx
s[u64(p | PROFILE_TIME)] = last_time
""",
}

_SANITIZE = {
    "IMPORTS": """
from nmc.sim.sanitize.observer import arbitrate_with_dma, handle_event, watch_access
""",
    "ACCESS": """
if (s[SLOW] >> c) & 1 == 0 or s[u64((SIDE + (c << SIDE_SHIFT)) | SPLIT_STAGE)] == 0:
    watch_access(s, c)
""",
}

_OBSERVERS: Mapping[str, Mapping[str, str]] = {"profile": _PROFILE, "sanitize": _SANITIZE}
"""Code by observer and place.

IMPORTS: behind those of the engine, whose functions can be replaced. TURN: the next time step
begins. ACCESS: core `c`, which waits with the access at OFF to L1, has won its bank. ENTER: core
`c` is about to go on. STEP: it executes instruction `w` at slot `idx`, which issues at `t` after
`t - lost` others. LEAVE: it is parked again.
"""

_PARTS: Mapping[str, str] = {"sanitize": "sanitize/*.py"}

PLAIN = Build()

_PLACE = re.compile(r"^( *)@([A-Z]+)@\n", re.MULTILINE)


def fill_places(source: str, texts: Mapping[str, str]) -> str:
    """The source with every place filled that `texts` names, at the place's indentation."""

    def fill(place: re.Match[str]) -> str:
        columns, name = place.groups()
        if name not in texts:
            return place[0]
        lines = [line for line in texts[name].split("\n") if line]
        return indent("\n".join(lines) + "\n", columns) if lines else ""

    return _PLACE.sub(fill, source)


def with_observers(source: str, build: Build) -> str:
    """The source with every place filled: by the code of the build's observers, or by nothing."""
    texts = dict.fromkeys((name for _, name in _PLACE.findall(source)), "")
    for observer in build.observers:
        for name, text in _OBSERVERS[observer].items():
            texts[name] += text
    return fill_places(source, texts)
