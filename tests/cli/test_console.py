"""Tables: whole in a pipe, as wide as the terminal on one."""

import io

from rich.console import Console

from nmc.cli.console import TextTable, print_table

TABLE = TextTable(
    "layers",
    ["layer", "op", ">cycles", "why [sic]"],
    [["conv", "conv2d", "1,200", "fewest"], ["all", "", "12", ""]],
    optional=("op", "why [sic]"),
)


def printed(width: int, terminal: bool) -> str:
    stream = io.StringIO()
    out = Console(file=stream, width=width, force_terminal=terminal, color_system=None)
    print_table(out, TABLE)
    return stream.getvalue()


def test_plain() -> None:
    assert printed(80, terminal=False).splitlines() == [
        "layers",
        "layer  op      cycles  why [sic]",
        "conv   conv2d   1,200  fewest",
        "all                12",
    ]


def test_a_wide_terminal_shows_all() -> None:
    text = printed(80, terminal=True)
    assert all(title in text for title in TABLE.titles)
    assert "not shown" not in text


def test_a_narrow_terminal_leaves_out_and_says_so() -> None:
    lines = printed(32, terminal=True).splitlines()
    assert all(len(line) <= 32 for line in lines)
    assert "conv2d" not in "".join(lines)
    assert "fewest" in "".join(lines)
    assert "not shown, for want of width: op" in " ".join(lines)


def test_what_is_left_out_first() -> None:
    assert TABLE.fit(100) == TABLE
    assert TABLE.fit(32).titles == ["layer", "cycles", "why [sic]"]
    assert TABLE.fit(5).titles == ["layer", "cycles"]
    assert TABLE.fit(5).rows == [["conv", "1,200"], ["all", "12"]]
