"""Source of the engine: accesses to L1 that are made ahead of their time, by operation.

What programs consist of has a case of its own among the operations. It does nothing where the
access cannot be made ahead, or not so simply; then the loop's code for any access follows.
"""

from collections.abc import Mapping

from nmc.sim.build import fill_places
from nmc.sim.layout import FIRST_WORD_GATHER, LB, LBU, LW, OP_MEMORY, OP_POST, SB, SW
from nmc.sim.operations import Gather

LOAD_AHEAD = """
@ADDRESS@
off = address - l1_base
if t < full and u64(off) < u64(l1_bytes)@ALIGNED@:
    word = u64(off >> 2)
    if mem8[u64(tags + (off >> 2))] == 0:
        raw = int64(mem32[word])
        mem8[u64(stream + t)] = ((off >> 2) & bank_mask) + 1
        s[u64(place)] = (raw << WORD_SHIFT) | off
        @POST@
        @FINISH@
        place += 1
        t += 1
        continue
"""

STORE_AHEAD = """
@ADDRESS@
off = address - l1_base
if t < full and u64(off) < u64(l1_bytes)@ALIGNED@:
    tag = u64(tags + (off >> 2))
    if mem8[tag] < STORES_FULL:
        mem8[tag] += 1
        mem8[u64(stream + t)] = (((off >> 2) & bank_mask) + 1) | WRITES
        s[u64(stored)] = (s[base + d] << WORD_SHIFT) | (@KIND@ << KIND_SHIFT) | off
        @POST@
        stored += 1
        t += 1
        continue
"""

_SUM = "address = (a + b) & MASK32"
_POST = "s[base + u64((w >> S1_SHIFT) & FIELD_MASK)] = (a + b) & MASK32"
_SHIFT = "raw >>= (off & 3) << 3"
_ALIGNED = " and off & 3 == 0"
_LOADS = {
    LW: "s[base + d] = raw",
    LB: f"{_SHIFT}\ns[base + d] = extend(LB, raw)",
    LBU: f"{_SHIFT}\ns[base + d] = raw & 0xFF",
}
_STORES = (SW, SB)


def plain_accesses() -> dict[int, str]:
    """Code by operation of the loads and stores that programs mostly make."""
    found: dict[int, str] = {}
    for post in (0, OP_POST):
        address = "address = a" if post else _SUM
        update = _POST if post else ""
        for kind in (*_LOADS, *_STORES):
            template = STORE_AHEAD if kind in _STORES else LOAD_AHEAD
            texts = {"ADDRESS": address, "POST": update, "FINISH": _LOADS.get(kind, "")}
            found[OP_MEMORY | post | kind] = _filled(template, kind, kind in (LW, SW), texts)
    return found


def gather_ahead(gather: Gather) -> str:
    """Code of a gather."""
    texts = {"ADDRESS": "\n".join(gather.address), "POST": ""}
    texts["FINISH"] = "\n".join([*[_SHIFT] * (gather.kind < FIRST_WORD_GATHER), *gather.finish])
    return _filled(LOAD_AHEAD, gather.kind, False, texts)


def _filled(template: str, kind: int, aligned: bool, texts: Mapping[str, str]) -> str:
    text = template.replace("@KIND@", str(kind)).replace("@ALIGNED@", _ALIGNED * aligned)
    return fill_places(text, texts)
