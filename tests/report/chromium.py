"""A page as headless Chromium shows it, without any network."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

EXECUTABLE = shutil.which("chromium")

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0",
    "--virtual-time-budget=10000",
)  # fmt: skip

_CONSOLE = re.compile(r":CONSOLE[:(]\d+\)?\] (.*)")


@dataclass(frozen=True)
class Shown:
    """dom: the page after its scripts have run. console: what they wrote, errors included."""

    dom: str
    console: list[str]


def show(page: Path, scratch: Path, width: int = 1280) -> Shown:
    """Opens a file; `scratch` is an empty directory for the browser."""
    assert EXECUTABLE is not None, "chromium (package chromium) is not installed"
    command = [
        EXECUTABLE, *_OPTIONS, f"--user-data-dir={scratch}", f"--window-size={width},1600",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return Shown(done.stdout, _CONSOLE.findall(done.stderr))
