"""Fixtures shared by all tests."""

import pytest


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colours and no tracebacks, whatever the caller's environment asks for."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NMC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
