"""Finding, reading and overriding target descriptions."""

import dataclasses
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from nmc.errors import NmcError
from nmc.targets.checks import check_target, expand_features
from nmc.targets.description import Target
from nmc.targets.reading import read_dataclass

DEFAULT_TARGET = "vega"


@cache
def target_names() -> tuple[str, ...]:
    """The shipped descriptions, sorted."""
    found = (path.name for path in files("nmc.targets").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def load_target(source: str | Path = DEFAULT_TARGET) -> Target:
    """Read a target description.

    `source` is a shipped name (`vega`), the path of a TOML file, or the TOML text itself (anything
    with a line break). NmcError names the source, the key and the reason.
    """
    return parse_target(*target_text(source))


def target_text(source: str | Path) -> tuple[str, str]:
    """The TOML text of `source` (as in `load_target`) and the name errors call it by."""
    name = str(source)
    if "\n" in name:
        return name, "text"
    if name in target_names():
        return files("nmc.targets").joinpath(f"{name}.toml").read_text(encoding="utf-8"), name
    path = Path(name)
    if not path.is_file():
        what = "is a directory" if path.is_dir() else "no such file"
        shipped = ", ".join(target_names())
        raise NmcError(f"target '{name}': {what}, and not one of the shipped: {shipped}")
    try:
        return path.read_text(encoding="utf-8"), name
    except OSError as error:
        raise NmcError(f"target {name}: cannot be read ({error.strerror}); check it") from error
    except UnicodeDecodeError as error:
        raise NmcError(f"target {name}: is not text; give a TOML file") from error


@cache
def parse_target(text: str, source: str = "text") -> Target:
    """The description written in a TOML text; `source` names it in errors."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NmcError(f"target {source}: not TOML: {error}") from error
    target = read_dataclass(Target, table, source)
    check_target(target, source)
    return dataclasses.replace(target, features=expand_features(target.features, source))


def with_overrides(
    target: Target,
    cores: int | None = None,
    l1: int | None = None,
    l3: int | None = None,
    features: Iterable[str] | None = None,
) -> Target:
    """`target` with other cores, bytes of L1 or L3, or extensions; checked again."""
    result = target
    if cores is not None:
        result = dataclasses.replace(
            result, cluster=dataclasses.replace(result.cluster, cores=cores)
        )
    if l1 is not None:
        result = dataclasses.replace(result, l1=dataclasses.replace(result.l1, bytes=l1))
    if l3 is not None:
        result = dataclasses.replace(result, l3=dataclasses.replace(result.l3, bytes=l3))
    if features is not None:
        chosen = expand_features(features, target.name)
        result = dataclasses.replace(result, features=chosen)
    check_target(result, target.name)
    return result
