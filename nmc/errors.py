"""What a user can do wrong, as exceptions that print as one line and know their exit code."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class NmcError(Exception):
    """An error of the user's input, never of the compiler.

    The message is one line that names the node or the place, the reason, and the remedy. The
    command line prints it without a traceback and exits with `exit_code`.
    """

    exit_code: ClassVar[int] = 2


class ProgramFault(NmcError):
    """The simulated program did something the machine does not allow."""

    exit_code: ClassVar[int] = 3


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The remedy for a misspelt word: the closest choice if there is one, otherwise all of them."""
    names = list(choices)
    close = get_close_matches(word, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"choose from {', '.join(names)}"


def one_line(what: object) -> str:
    """The text of `what`, every run of white space (line breaks too) one space."""
    return " ".join(str(what).split())
