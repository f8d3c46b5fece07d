"""The cache of the compiled engine."""

from pathlib import Path

import pytest

from nmc.sim import is_compiled, warm_up


def test_whether_the_engine_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    assert is_compiled()
    monkeypatch.setenv("NMC_CACHE_DIR", str(tmp_path))
    assert not is_compiled()
    assert not any(tmp_path.iterdir())  # asking makes nothing
