"""run.json: saved and read back, stale, damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nmc.errors import NmcError
from nmc.measurements import Activity, Counters, Profile, ProfileEntry, Traffic
from nmc.program.result import LayerResult, Result
from nmc.program.saved_run import RUN_JSON, SavedRun

ELF = b"\x7fELF of a program"
TRAFFIC = Traffic(10, 5, 12, 6, 3, 2, Counters(1, {"branch": 2}))
LAYER = LayerResult(
    "conv", "conv2d", "dense-4x2", 100, 90, 5000, 700, 64, 0,
    {"bank": 7}, (Counters(350, {"bank": 3}), Counters(350, {"bank": 4})), (5, 2), TRAFFIC,
)  # fmt: skip
ENTRY = ProfileEntry("conv", "conv", 0x1C00_0000, 200, 180, (90, 110), (90, 90), {"bank": (3, 4)})
PROFILE = Profile(
    (ENTRY,), (ENTRY,), TRAFFIC, Activity(50, ((1, 2),), ((3, 4),), (5, 6), (0, 0), (7, 8))
)
RESULT = Result(
    integers={}, outputs={}, cycles=120, instructions=700, macs=5000, layers=(LAYER,),
    cores=LAYER.cores, bank_conflicts=(5, 2), profile=PROFILE,
)  # fmt: skip


@pytest.mark.parametrize("profile", [PROFILE, None])
def test_what_is_read_is_what_was_saved(tmp_path: Path, profile: Profile | None) -> None:
    run = SavedRun.of(replace(RESULT, profile=profile), ELF, "random:7")
    run.save(tmp_path)
    assert SavedRun.load(tmp_path, ELF) == run
    assert run.layers[0].traffic == TRAFFIC


def test_no_run_and_another_programs_run(tmp_path: Path) -> None:
    assert SavedRun.load(tmp_path, ELF) is None
    SavedRun.of(RESULT, ELF, "random:7").save(tmp_path)
    assert SavedRun.load(tmp_path, ELF + b"!") is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("schema_version", 0, "schema version 0, this nmc reads"),
        ("cycles", "many", "cycles: 'many' has the wrong type"),
        ("profile", {"functions": []}, "profile: 'instructions' is missing"),
        ("layers", {}, "has the wrong type"),
        ("cores", [{"instructions": 1, "stalls": {"bank": 1.5}}], "cores[0]: stalls.bank: 1.5"),
    ],
)
def test_a_damaged_file(tmp_path: Path, key: str, value: object, said: str) -> None:
    SavedRun.of(RESULT, ELF, "random:7").save(tmp_path)
    path = tmp_path / RUN_JSON
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(NmcError) as error:
        SavedRun.load(tmp_path, ELF)
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert str(error.value).endswith("run the program again")


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / RUN_JSON).write_text("{")
    with pytest.raises(NmcError, match="is not JSON"):
        SavedRun.load(tmp_path, ELF)
    (tmp_path / RUN_JSON).write_bytes(b"\xff")
    with pytest.raises(NmcError, match="cannot be read"):
        SavedRun.load(tmp_path, ELF)
