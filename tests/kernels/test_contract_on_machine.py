"""Contractions compiled and simulated, against the semantics on bytes, bit for bit."""

import re

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nmc.backend.kernels import kernels_for
from nmc.dialects.tile import RequantAttr
from nmc.numerics.requant import Form
from nmc.targets import KNOWN_FEATURES
from tests.kernels.cases import Case

KERNELS = {
    kernel.name: kernel
    for nm in (None, (1, 4), (1, 8), (1, 16), (2, 4), (2, 8), (4, 16))
    for kernel in kernels_for(nm, KNOWN_FEATURES)
    # Of gather-and-accumulate one number of lanes for each pattern, and software around it twice.
    if not re.fullmatch(r"xgmac-4x4of16-(1:8|1:16|2:4|4:16)|xgmac-.*of32-(?!1:8$).*", kernel.name)
    if kernel.name != "xgmac-4x4of32-1:8"
}

# Shrinking would compile and simulate hundreds of programs.
PHASES = (Phase.explicit, Phase.generate)

# Bounds of int8, uint8, and of a ReLU6 in each.
BOUNDS = ((-128, 127), (-7, 127), (-128, 40), (0, 127), (0, 255), (3, 200))


@st.composite
def cases(draw: st.DrawFn, kernel: str) -> Case:
    """Cases over the shapes that matter: remainders of rows, of K, of channels, empty ranges."""
    channels = KERNELS[kernel].channels
    taps = draw(st.sampled_from([1, 3, 9]))
    cin = draw(st.sampled_from([1, 3, 4, 8, 17, 32, 40]))
    outputs = draw(st.integers(1, 2 * channels + 1))
    beside = KERNELS[kernel].format.interleave
    row_lo = beside * draw(st.integers(0, 2))
    record_hi = KERNELS[kernel].records(outputs)
    clamps = KERNELS[kernel].format.clamps
    forms: list[Form] = ["narrow", "wide", "clamped", "clamped"]
    form = draw(st.sampled_from(forms if clamps else forms[:2]))
    lo, hi = draw(st.sampled_from(BOUNDS))
    zero_point = draw(st.integers(max(lo, -20), min(hi, 20)))
    shifts = {"narrow": range(8, 17), "clamped": range(18, 24), "wide": [33, 38, 45, 60]}
    shift = draw(st.sampled_from(shifts[form]))
    acc_bits = draw(st.sampled_from([0, 18])) if form == "narrow" else 0
    steps = None
    if beside > 1 and draw(st.booleans()):
        lines = KERNELS[kernel].tap_pitch(cin) * beside
        steps = lines * draw(st.integers(1, taps)), beside * draw(st.integers(1, 2))
    return Case(
        kernel,
        taps,
        cin,
        outputs,
        (row_lo, row_lo + draw(st.integers(0, 10 if beside == 1 else 40))),
        (draw(st.integers(0, record_hi)), record_hi),
        RequantAttr.of(shift, zero_point, lo, hi, form, acc_bits),
        unsigned=draw(st.booleans()),
        a_row=beside * draw(st.integers(0, 2)),
        out_row=draw(st.integers(0, 3)),
        steps=steps,
    )


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@settings(max_examples=5, deadline=None, derandomize=True, phases=PHASES)
@given(data=st.data())
def test_kernel_gives_the_bytes_of_the_semantics(kernel: str, data: st.DataObject) -> None:
    case = data.draw(cases(kernel))
    contents = case.contents(seed=1)
    expected = case.expected(contents)
    wanted = KERNELS[kernel].features
    # Gathers of single bytes are lowered in two ways.
    both = wanted or KERNELS[kernel].format.interleave == 1
    for features in ((), wanted or ("xnm",)) if both else ((),):
        out, _ = case.program(features).run(contents, "out")
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("m", [4, 8, 16])
@pytest.mark.parametrize("features", [(), ("xnm",)])
def test_two_channels_have_indices_of_their_own(m: int, features: tuple[str, ...]) -> None:
    kernel = f"xdecimate-2x1-1:{m}"
    case = Case(kernel, 3, 40, 5, (0, 3), (0, 3), RequantAttr.of(10, 3, -128, 127))
    contents = case.contents(seed=2)
    out, _ = case.program(features).run(contents, "out")
    np.testing.assert_array_equal(out, case.expected(contents))


@pytest.mark.parametrize(
    ("kernel", "taps", "cin", "band", "steps"),
    [
        # Three columns of 8 channels a line, stride 1 and 2; a wide image and one column.
        ("dense-4x4", 9, 8, (4, 24, 7), (6 * 24, 1)),
        ("dense-4x4", 9, 8, (4, 48, 7), (9 * 24, 1)),
        ("dense-4x2", 6, 4, (2, 8, 1), (4 * 8, 3)),
    ],
)
@pytest.mark.parametrize("rows", [(0, 8), (4, 12), (4, 4)])
def test_pixels_below_each_other_share_lines(
    kernel: str,
    taps: int,
    cin: int,
    band: tuple[int, int, int],
    steps: tuple[int, int],
    rows: tuple[int, int],
) -> None:
    requant = RequantAttr.of(14, -3, -128, 127)
    records = KERNELS[kernel].records(6)
    case = Case(kernel, taps, cin, 6, rows, (0, records), requant, a_row=4, steps=steps, band=band)
    contents = case.contents(seed=3)
    out, _ = case.program().run(contents, "out")
    np.testing.assert_array_equal(out, case.expected(contents))


@pytest.mark.parametrize("kernel", ["dense-4x4", "decimate-1x2-1:8", "xdecimate-shared-1x2-1:8"])
def test_long_rows_and_pitches_beyond_immediates(kernel: str) -> None:
    requant = RequantAttr.of(14, -3, -128, 127)
    case = Case(kernel, 9, 256, 5, (0, 5), (0, KERNELS[kernel].records(5)), requant)
    contents = case.contents(seed=2)
    out, _ = case.program(["xnm"]).run(contents, "out")
    np.testing.assert_array_equal(out, case.expected(contents))


@pytest.mark.parametrize("rows", [(0, 1), (3, 4)])
@pytest.mark.parametrize(
    ("kernel", "form"),
    [
        (kernel, form)
        for kernel in ("dense-4x1", "walk-1x1-1:8", "xdecimate-2x1-1:8")
        for form in ("narrow", "wide", "clamped")
        # Elsewhere there is no room for the constants of the clamped form.
        if form != "clamped" or KERNELS[kernel].format.clamps
    ],
)
def test_a_single_row_needs_no_loop_over_rows(
    kernel: str, form: Form, rows: tuple[int, int]
) -> None:
    requant = RequantAttr.of({"narrow": 14, "wide": 38, "clamped": 20}[form], -3, -128, 127, form)
    case = Case(kernel, 1, 40, 9, rows, (1, KERNELS[kernel].records(9)), requant, a_row=1)
    contents = case.contents(seed=5)
    program = case.program(["xdecimate"])
    out, _ = program.run(contents, "out")
    np.testing.assert_array_equal(out, case.expected(contents))
    assert "_single_" in program.assembly()
