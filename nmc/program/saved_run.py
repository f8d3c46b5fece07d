"""run.json: the measurements of a program's last run, kept beside the program for reports."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from nmc.errors import NmcError
from nmc.files import write_file
from nmc.measurements import Counters, Profile
from nmc.program.json_records import RecordReader
from nmc.program.result import LayerResult, Result
from nmc.version import VERSION

RUN_JSON = "run.json"
SCHEMA_VERSION = 1
_READER = RecordReader(SCHEMA_VERSION, "run the program again")


@dataclass(frozen=True)
class SavedRun:
    """A run.

    program: SHA-256 of the ELF file that ran. input: what was given to `--input`. profile: None if
    it was not asked for. The rest is as in `Result`.
    """

    schema_version: int
    nmc_version: str
    program: str
    input: str
    cycles: int
    instructions: int
    macs: int
    layers: tuple[LayerResult, ...]
    cores: tuple[Counters, ...]
    bank_conflicts: tuple[int, ...]
    profile: Profile | None

    @classmethod
    def of(cls, result: Result, elf: bytes, source: str) -> Self:
        """The run of `elf` on the input that `source` names."""
        return cls(
            schema_version=SCHEMA_VERSION,
            nmc_version=VERSION,
            program=_fingerprint(elf),
            input=source,
            cycles=result.cycles,
            instructions=result.instructions,
            macs=result.macs,
            layers=result.layers,
            cores=result.cores,
            bank_conflicts=result.bank_conflicts,
            profile=result.profile,
        )

    def save(self, directory: Path) -> None:
        """Writes run.json into the program's directory. Raises `NmcError` if it cannot be."""
        text = json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)
        write_file(directory / RUN_JSON, text + "\n")

    @classmethod
    def load(cls, directory: Path, elf: bytes) -> Self | None:
        """The run saved in a directory; None if there is none, or if it was another program's.

        Raises `NmcError` for a file that cannot be read or is damaged.
        """
        path = directory / RUN_JSON
        if not path.is_file():
            return None
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NmcError(f"{path}: cannot be read ({error}); run the program again") from error
        run = _READER.read(cls, text, str(path))
        return run if run.program == _fingerprint(elf) else None


def _fingerprint(elf: bytes) -> str:
    return hashlib.sha256(elf).hexdigest()
