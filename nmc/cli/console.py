"""Consoles and progress: rich on a terminal, plain lines otherwise; diagnostics go to stderr."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 160
BOX_WIDTH = 3  # of a cell's border and its margins


def console(to_stdout: bool = False) -> Console:
    """A console on standard error (or output); without colours and boxes if not a terminal."""
    stream = sys.stdout if to_stdout else sys.stderr
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


class Step(Protocol):
    """Called when a step of a longer work is done, with its name."""

    def __call__(self, done: str) -> None: ...


@contextmanager
def progress(title: str, total: int) -> Generator[Step]:
    """A progress bar of `total` steps on a terminal; a line a step otherwise."""
    out = console()
    if not out.is_terminal:

        def line(done: str) -> None:
            out.print(f"{title}: {done}", markup=False)

        yield line
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(done: str) -> None:
            bar.update(task, advance=1, description=f"{title}: {done}")

        yield advance


@dataclass(frozen=True)
class TextTable:
    """A table of text.

    columns: titles; one that starts with ``>`` aligns its column to the right. optional: titles,
    without the ``>``, of columns a narrow terminal does without, the first to go first.
    """

    title: str
    columns: list[str]
    rows: list[list[str]]
    optional: tuple[str, ...] = ()

    @property
    def titles(self) -> list[str]:
        """The titles as they are printed."""
        return [column.lstrip(">") for column in self.columns]

    @property
    def widths(self) -> list[int]:
        """The characters each column needs."""
        return [
            max(len(row[i]) for row in [self.titles, *self.rows]) for i in range(len(self.columns))
        ]

    def without(self, title: str) -> "TextTable":
        """The table less one column."""
        at = self.titles.index(title)
        columns, *rows = [[*row[:at], *row[at + 1 :]] for row in [self.columns, *self.rows]]
        return replace(self, columns=columns, rows=rows)

    def fit(self, width: int) -> "TextTable":
        """The table without the optional columns that boxed lines of `width` have no room for."""
        table = self
        for title in self.optional:
            if sum(table.widths) + BOX_WIDTH * len(table.columns) + 1 <= width:
                break
            table = table.without(title)
        return table


def print_table(out: Console, table: TextTable) -> None:
    """A table: boxed and as wide as a terminal; whole, columns two spaces apart, otherwise.

    Columns that were left out are named below the table.
    """
    if not out.is_terminal:
        _print_plain(out, table)
        return
    shown = table.fit(out.width)
    boxed = Table(title=Text(shown.title), title_justify="left")
    for column in shown.columns:
        boxed.add_column(
            Text(column.lstrip(">")), justify="right" if column.startswith(">") else "left"
        )
    for row in shown.rows:
        boxed.add_row(*(Text(cell) for cell in row))
    out.print(boxed)
    if missing := [title for title in table.titles if title not in shown.titles]:
        note = f"not shown, for want of width: {', '.join(missing)} (a pipe gets all)"
        out.print(note, markup=False, style="dim")


def _print_plain(out: Console, table: TextTable) -> None:
    if table.title:
        out.print(table.title, markup=False)
    for row in [table.titles, *table.rows]:
        cells = [
            cell.rjust(width) if column.startswith(">") else cell.ljust(width)
            for cell, width, column in zip(row, table.widths, table.columns, strict=True)
        ]
        out.print("  ".join(cells).rstrip(), markup=False)
