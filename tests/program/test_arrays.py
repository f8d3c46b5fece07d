"""Arrays in and out of files."""

from pathlib import Path

import numpy as np
import pytest

from nmc.errors import NmcError
from nmc.program.arrays import check_output_path, load_inputs, save_outputs
from nmc.program.tensors import TensorInfo

A = TensorInfo("a", (2,), "int8", "int8")
B = TensorInfo("b", (3,), "int8", "float32", scale=1.0, zero_point=0)


def test_npy_and_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1, 2], np.int8))
    assert load_inputs(str(tmp_path / "a.npy"), [A])["a"].tolist() == [1, 2]
    np.savez(tmp_path / "ab.npz", b=np.array([1.0, 2.4, 3.6]), a=np.array([1, 2], np.int8))
    loaded = load_inputs(str(tmp_path / "ab.npz"), [A, B])
    assert list(loaded) == ["a", "b"]
    assert loaded["b"].tolist() == [1, 2, 4]


def test_random_inputs_are_drawn_in_turn_from_one_generator() -> None:
    drawn = load_inputs("random:5", [A, B])
    generator = np.random.default_rng(5)
    assert drawn["a"].tolist() == A.random(generator).tolist()
    assert drawn["b"].tolist() == B.random(generator).tolist()
    assert load_inputs("random:6", [A, B])["b"].tolist() != drawn["b"].tolist()


def test_refusals(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1, 2], np.int8))
    np.savez(tmp_path / "c.npz", c=np.array([1, 2], np.int8))
    np.savez(tmp_path / "a.npz", a=np.array([1, 2], np.int8))
    (tmp_path / "text.npy").write_text("not numpy")
    (tmp_path / "short.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])
    np.save(tmp_path / "object.npy", np.array([{}]), allow_pickle=True)
    for source, inputs, said in [
        ("none.npy", [A], "cannot be read"),
        ("a.npy", [A, B], "holds one array, the model takes 2"),
        ("c.npz", [A], "input 'c' is unknown; the model takes a"),
        ("a.npz", [A, B], "input 'b' is missing"),
        ("text.npy", [A], "is not an .npy or .npz file"),
        ("short.npy", [A], "is not an .npy or .npz file"),
        ("object.npy", [A], "is not an .npy or .npz file"),
    ]:
        with pytest.raises(NmcError) as error:
            load_inputs(str(tmp_path / source), inputs)
        assert said in str(error.value), source
    with pytest.raises(NmcError, match="the seed is not a number"):
        load_inputs("random:x", [A])


def test_outputs(tmp_path: Path) -> None:
    one = {"y": np.array([1.5, 2.5], np.float32)}
    save_outputs(tmp_path / "y.npy", one)
    assert np.load(tmp_path / "y.npy").tolist() == [1.5, 2.5]
    two = one | {"z": np.array([1], np.int8)}
    save_outputs(tmp_path / "yz.npz", two)
    with np.load(tmp_path / "yz.npz") as loaded:
        assert sorted(loaded.files) == ["y", "z"]
        assert loaded["z"].dtype == np.int8
    with pytest.raises(NmcError, match=r"has 2 outputs; name an \.npz file"):
        save_outputs(tmp_path / "yz.npy", two)
    with pytest.raises(NmcError, match="name such a file"):
        check_output_path(tmp_path / "y.txt", 1)
    with pytest.raises(NmcError, match="directory does not exist"):
        check_output_path(tmp_path / "no" / "y.npy", 1)
