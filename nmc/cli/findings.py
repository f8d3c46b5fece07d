"""What the sanitizers have found, for people."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nmc.cli.main import PROGRAM

if TYPE_CHECKING:
    from nmc.sim import Finding

SANITIZE_HELP = "find races, uninitialised reads, stray accesses"


def print_findings(findings: "Iterable[Finding]") -> None:
    """One line each, on standard error."""
    for finding in findings:
        print(f"{PROGRAM}: {finding}", file=sys.stderr)
