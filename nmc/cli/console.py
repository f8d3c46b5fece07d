"""Consoles and progress: rich on a terminal, plain lines otherwise; diagnostics go to stderr."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

PLAIN_WIDTH = 160


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


def print_table(out: Console, title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table: boxed on a terminal, columns separated by two spaces otherwise.

    A column title that starts with ``>`` aligns its column to the right.
    """
    if not out.is_terminal:
        _print_plain(out, title, columns, rows)
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _print_plain(out: Console, title: str, columns: list[str], rows: list[list[str]]) -> None:
    titles = [column.lstrip(">") for column in columns]
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(columns))]
    if title:
        out.print(title, markup=False)
    for row in [titles, *rows]:
        cells = [
            cell.rjust(width) if column.startswith(">") else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        out.print("  ".join(cells).rstrip(), markup=False)
