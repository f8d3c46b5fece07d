"""Fixtures shared by all tests."""

import pytest
from hypothesis import settings

# No test asserts a time: hosts are shared.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colours and no tracebacks, whatever the caller's environment asks for."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NMC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
