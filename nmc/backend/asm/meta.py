"""Section `.nmc.meta`: what tools need to know about a program beyond its symbols, as JSON.

Keys: `schema`, `target` (name), `cores`, `l1_bytes`, `features`, `stack` (`top`, `bytes`), and the
module's `layers`, `inputs`, `outputs` and `buffers` with all their entries. A layer's `symbol` is
the function that runs it, a buffer's `symbol` its name in the symbol table.
"""

import json

from xdsl.dialects.builtin import ModuleOp

from nmc.backend.asm.attribute_json import Json, attribute_json
from nmc.backend.asm.boot import Stacks
from nmc.backend.asm.statements import Ascii, Section, Statements
from nmc.backend.asm.symbol_names import SymbolNames
from nmc.elf import META_SECTION
from nmc.targets import Target

SCHEMA = 1
_LISTS = ("layers", "inputs", "outputs", "buffers")


def meta_section(
    module: ModuleOp, target: Target, stacks: Stacks, names: SymbolNames
) -> Statements:
    """The section's statements; nothing if the module has none of the lists."""
    lists = {key: module.attributes.get(f"nmc.{key}") for key in _LISTS}
    content: dict[str, Json] = {
        "schema": SCHEMA,
        "target": target.name,
        "cores": target.cores,
        "l1_bytes": target.l1.bytes,
        "features": list(target.features),
        "stack": {"top": stacks.top, "bytes": stacks.bytes},
        **{key: [] if value is None else attribute_json(value) for key, value in lists.items()},
    }
    for buffer in _dictionaries(content["buffers"]):
        buffer["symbol"] = names.symbol(str(buffer["name"]))
    program = Statements()
    if any(value is not None for value in lists.values()):
        text = json.dumps(content, indent=1, ensure_ascii=True)
        program.add(Section(META_SECTION, ""), Ascii(text + "\n"))
    return program


def _dictionaries(value: Json) -> list[dict[str, Json]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]
