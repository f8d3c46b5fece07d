"""The code of an operation: a row's statements as lines of the engine, and what they take."""

import re

from nmc.isa.table import Instruction
from nmc.sim.statements import Assignment
from nmc.sim.translation import Translator, Value, word

# Where the extension's hidden state lies beside a core's registers.
_STATE = {"xdc": "XDC"} | {f"xa{i}": f"XA + {i}" for i in range(4)}


def registers(rs2: str) -> dict[str, Value]:
    """What the names of registers in a row stand for; `rs2` is the code of the second operand."""
    return {
        "rs1": word("a"),
        "rs2": word(rs2),
        "rs3": word("s[base + d]"),
        "rd": word("s[base + d]"),
        **{name: word(f"s[base + u64({place})]") for name, place in _STATE.items()},
    }


def assign(
    statement: Assignment, translator: Translator, names: dict[str, Value], lines: list[str]
) -> None:
    """Appends the code of a statement; a local variable becomes one of `names`."""
    if statement.name == "rd":
        lines.append(f"s[base + d] = {translator.truncated(statement.value)}")
    elif statement.name in _STATE:
        place = f"s[base + u64({_STATE[statement.name]})]"
        lines.append(f"{place} = {translator.truncated(statement.value)}")
    else:
        value = translator.expression(statement.value)
        local = f"v_{statement.name}"
        lines.append(f"{local} = {value.code}")
        names[statement.name] = Value(local, value.low, value.high, value.exact)


def needed(lines: list[str]) -> list[str]:
    """Without the local variables that no later line reads."""
    kept: list[str] = []
    for line in reversed(lines):
        name = line.partition(" = ")[0]
        if not name.startswith("v_") or any(re.search(rf"\b{name}\b", late) for late in kept):
            kept.insert(0, line)
    return kept


def waiting(row: Instruction) -> list[str]:
    """Code that lets an instruction wait for accumulators still being written."""
    if not row.waits_for_accumulators:
        return []
    return [
        "waited = s[base + u64(XREADY)] - (t - lost)",
        "if waited > 0:",
        "    t += waited",
        "    lost += waited",
        "    s[u64(sb | STALL_LOAD_USE)] += waited",
    ]


def timing(row: Instruction) -> list[str]:
    """Code that adds what the row takes beyond one cycle."""
    match row.timing_class:
        case "mulh":
            extra = "mulh_extra"
        case "div":
            signed = "True" if row.mnemonic in ("div", "rem") else "False"
            extra = f"divide_extra(b, {signed}, div_cycles, div_zero)"
        case _ if row.ext == "xrq":
            extra = "s[CFG_REQUANTISE] - 1"
        case _:
            return []
    stall = "s[u64(sb | STALL_MULTICYCLE)] += extra"
    return [f"extra = {extra}", "t += extra", "lost += extra", stall]
