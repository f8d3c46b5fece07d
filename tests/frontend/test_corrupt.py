"""Whatever is done to the bytes of a file: a module, or one line. Never a traceback."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.quantise import Quantisation, serialise
from nmc.models.small import small_model

FILES = [
    serialise(small_model("tiny-resnet")),
    serialise(small_model("concat", quantisation=Quantisation(format="qoperator"))),
    serialise(small_model("transpose", quantisation=Quantisation(activations="uint8"))),
]


def _attempt(data: bytes) -> ModuleOp | None:
    try:
        return import_onnx(data)
    except NmcError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 1000
        return None


@pytest.mark.parametrize("data", FILES, ids=["qdq", "qoperator", "uint8"])
def test_truncated(data: bytes) -> None:
    """A file cut anywhere is refused, and so are all its beginnings."""
    for length in np.linspace(0, len(data) - 1, 60).astype(int):
        assert _attempt(data[:length]) is None, length


@settings(max_examples=150, deadline=None)
@given(
    which=st.sampled_from(range(len(FILES))),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4
    ),
)
def test_flipped_bytes(which: int, changes: list[tuple[float, int]]) -> None:
    data = bytearray(FILES[which])
    for place, mask in changes:
        data[int(place * len(data))] ^= mask
    module = _attempt(bytes(data))
    if module is not None:
        module.verify()


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_noise(data: bytes) -> None:
    assert _attempt(data) is None


@settings(max_examples=60, deadline=None)
@given(start=st.floats(0, 1), length=st.integers(1, 400))
def test_missing_middle(start: float, length: int) -> None:
    data = FILES[0]
    place = int(start * len(data))
    module = _attempt(data[:place] + data[place + length :])
    if module is not None:
        module.verify()
