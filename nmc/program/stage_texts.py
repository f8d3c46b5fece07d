"""The texts of a program's stages, read from its directory when they are asked for."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from nmc.pipelines.loading import IR_SUFFIX, read_text


class StageFiles(Mapping[str, str]):
    """The stage files of a directory as a mapping from file name to text, in stage order."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.names = tuple(sorted(path.name for path in directory.glob(f"*{IR_SUFFIX}")))

    def __getitem__(self, name: str) -> str:
        if name not in self.names:
            raise KeyError(name)
        return read_text(self.directory / name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
