"""Arrays in and out of files: what `--input` and `-o` name."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nmc.errors import NmcError
from nmc.files import check_writable, write_file
from nmc.program.tensors import AnyArray, TensorInfo

Tensors = dict[str, AnyArray]


def load_inputs(source: str, inputs: Sequence[TensorInfo]) -> Tensors:
    """The integer inputs, by name, that `source` names: FILE.npy, FILE.npz or random:SEED.

    Raises `NmcError` when the file cannot be read or does not fit the inputs.
    """
    if source.startswith("random:"):
        return random_inputs(source.removeprefix("random:"), inputs)
    return to_integers(_read(Path(source), inputs), inputs)


def random_inputs(seed: str, inputs: Sequence[TensorInfo]) -> Tensors:
    """Inputs drawn one after the other from one generator seeded with `seed`."""
    if not re.fullmatch(r"\d+", seed):
        raise NmcError(f"input 'random:{seed}': the seed is not a number; write random:7")
    generator = np.random.default_rng(int(seed))
    return {tensor.name: tensor.random(generator) for tensor in inputs}


def to_integers(arrays: Mapping[str, AnyArray], inputs: Sequence[TensorInfo]) -> Tensors:
    """The integers of arrays given by name; each input exactly once. Raises `NmcError`."""
    names = [tensor.name for tensor in inputs]
    for name in arrays:
        if name not in names:
            raise NmcError(f"input '{name}' is unknown; the model takes {', '.join(names)}")
    for name in names:
        if name not in arrays:
            raise NmcError(f"input '{name}' is missing; the model takes {', '.join(names)}")
    return {tensor.name: tensor.to_integers(arrays[tensor.name]) for tensor in inputs}


def _read(path: Path, inputs: Sequence[TensorInfo]) -> Tensors:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            if len(inputs) != 1:
                raise NmcError(
                    f"{path}: holds one array, the model takes {len(inputs)}; "
                    f"give an .npz with {', '.join(tensor.name for tensor in inputs)}"
                )
            return {inputs[0].name: loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except OSError as error:
        raise NmcError(f"{path}: cannot be read ({error.strerror or error}); check it") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise NmcError(
            f"{path}: is not an .npy or .npz file of numbers; write it with numpy.save"
        ) from error


def save_outputs(path: Path, outputs: Mapping[str, AnyArray]) -> None:
    """Write one output as .npy, or any number of them as .npz by name; whole or not at all.

    Raises `NmcError` when several outputs are to go into an .npy or the file cannot be written.
    """
    check_output_path(path, len(outputs))
    stream = io.BytesIO()
    if path.suffix == ".npz":
        arrays: dict[str, AnyArray] = dict(outputs)
        np.savez(stream, allow_pickle=False, **arrays)
    else:
        np.save(stream, next(iter(outputs.values())), allow_pickle=False)
    write_file(path, stream.getvalue())


def check_output_path(path: Path, count: int) -> None:
    """Refuse, before anything has run, a file that cannot hold `count` outputs."""
    if path.suffix not in (".npy", ".npz"):
        raise NmcError(f"{path}: outputs are written as .npy or .npz; name such a file")
    if count > 1 and path.suffix != ".npz":
        raise NmcError(f"{path}: the model has {count} outputs; name an .npz file")
    check_writable(path)
