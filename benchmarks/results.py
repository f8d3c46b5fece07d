"""Pages of measurements that are kept: the tables, the commit, and the machine they are of."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nmc.cli.console import TextTable, console, print_table
from nmc.targets import target_text

RESULTS = Path(__file__).parent / "results"


def publish(
    name: str,
    tables: Sequence[TextTable],
    notes: Sequence[str],
    data: Any,
    target: str = "vega",
    figures: Sequence[Any] = (),
) -> None:
    """Print the tables, and keep them as results/NAME.md and what they were made of as NAME.json.

    data: anything JSON has a form for. target: the description the figures are of, or several with
    commas between. figures: of plotly, kept as NAME.html, which takes plotly itself from the
    network.
    """
    out = console(to_stdout=True)
    for table in tables:
        print_table(out, table)
        out.print()
    for note in notes:
        out.print(note, markup=False)
    RESULTS.mkdir(exist_ok=True)
    lines = "\n".join(f"* {note}" for note in notes)
    page = [_origin(target), *(_markdown(table) for table in tables), lines]
    (RESULTS / f"{name}.md").write_text(
        f"# {name}\n\n" + "\n\n".join(page).rstrip() + "\n", "utf-8"
    )
    kept = {"of": page[0], "figures": data}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    if figures:
        (RESULTS / f"{name}.html").write_text(_plots(name, page[0], figures), "utf-8")
    out.print(f"kept: {RESULTS / name}.md, .json", markup=False)


def _plots(name: str, origin: str, figures: Sequence[Any]) -> str:
    """A page of figures under what they are of."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs="cdn" if number == 0 else False)
        for number, figure in enumerate(figures)
    ]
    head = f'<!doctype html><meta charset="utf-8"><title>{name}</title><p>{origin}</p>'
    return "\n".join([head, *parts]) + "\n"


def _origin(target: str) -> str:
    descriptions = [target_text(name) for name in target.split(",")]
    named = [
        f"target {source} (sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]})"
        for text, source in descriptions
    ]
    return f"Commit {commit()}, {', '.join(named)}."


def commit() -> str:
    """The commit that is checked out, marked where the compiler differs from it."""

    def git(*words: str) -> str:
        found = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
        return found.stdout.strip()

    changed = git("status", "--porcelain", "--", "nmc", "benchmarks/*.py")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" * bool(changed))


def _markdown(table: TextTable) -> str:
    rule = ["---:" if column.startswith(">") else "---" for column in table.columns]
    lines = [table.titles, rule, *table.rows]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {table.title}\n\n{body}" if table.title else body
