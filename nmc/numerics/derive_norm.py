"""From real gains and scales to the integers of a layer normalisation.

`value_bits` and the bits of the gains share what 31 bits leave beside the largest normalised
element: the split with the smallest estimated error is taken. An output differs from the real
one where the error carries it over a rounding boundary, that is with the mean magnitude of the
error as probability.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nmc.numerics.derive import Floats, RequantError
from nmc.numerics.layer_norm import (
    LONGEST_ROW,
    LayerNormParams,
    RowNorm,
    unsafe_layer_norm_reason,
    unsafe_row_reason,
)

RATE_WANTED = 1 / 50
"""The contract's bound; saturated outputs and small gains keep the real rate below the estimate."""
USUAL_DEVIATIONS = 1.0
"""How large a normalised element is on average, at most: the root of its mean square is 1."""
EPSILON_BITS = 16


@dataclass(frozen=True)
class LayerNorm:
    """The integer constants of a layer: `gain` and `offset` int32 [n]."""

    params: LayerNormParams
    gain: npt.NDArray[np.int32]
    offset: npt.NDArray[np.int32]


def derive_layer_norm(
    gain: Floats,
    bias: Floats,
    epsilon: float,
    *,
    input_scale: float,
    input_range: tuple[int, int],
    output_scale: float,
    zero_point: int,
    bounds: tuple[int, int],
) -> LayerNorm:
    """The constants of rows normalised, times `gain`, plus `bias` (float64 [n]).

    Raises RequantError where 32 bits are not accurate enough.
    """
    n = gain.size
    if not 1 <= n <= LONGEST_ROW:
        raise RequantError(f"its rows have {n} elements, 1 to {LONGEST_ROW} are done")
    largest = max(abs(end) for end in input_range)
    steps, shifts = gain / output_scale, bias / output_scale
    best: tuple[float, LayerNorm] | None = None
    for value_bits in range(4, 20):
        rows = _rows(n, value_bits, epsilon / input_scale**2, largest)
        for gain_bits in reversed(range(24)):
            found = _with_bits(rows, gain_bits, steps, shifts, zero_point, bounds)
            if found is None:
                continue
            if unsafe_layer_norm_reason(found.params, found.gain, found.offset, largest) is None:
                error = _mean_error(steps, value_bits, gain_bits)
                if best is None or error < best[0]:
                    best = (error, found)
                break
    if best is None or best[0] > RATE_WANTED:
        raise RequantError(
            f"its gains reach {float(np.abs(steps).max()):.3g} steps of its output scale, too much"
            " for 32-bit sums"
        )
    return best[1]


def _rows(n: int, value_bits: int, epsilon: float, largest: int) -> RowNorm:
    """The row constants with the most bits; `epsilon` in squared steps of the input."""
    row_bits = 30 - math.ceil(math.log2(math.sqrt(n - 1) + 1))
    for bits in range(EPSILON_BITS, -1, -2):
        scaled = epsilon * n * n * 2.0**bits
        if scaled < 2.0**62:
            rows = RowNorm(n, row_bits, value_bits, round(scaled), bits)
            if unsafe_row_reason(rows, largest) is None:
                return rows
    raise RequantError("its epsilon is too large for its input scale")


def _with_bits(
    rows: RowNorm,
    gain_bits: int,
    steps: Floats,
    shifts: Floats,
    zero_point: int,
    bounds: tuple[int, int],
) -> LayerNorm | None:
    """Gains of `gain_bits` fraction bits, None where they are outside what 32 bits can hold."""
    shift = rows.value_bits + gain_bits
    gain = np.rint(np.ldexp(steps, gain_bits))
    offset = np.rint(np.ldexp(shifts + zero_point, shift)) + 2.0 ** (shift - 1)
    if not 1 <= shift <= 31 or max(np.abs(gain).max(), np.abs(offset).max()) >= 2.0**31:
        return None
    params = LayerNormParams(rows, shift, *bounds)
    return LayerNorm(params, gain.astype(np.int32), offset.astype(np.int32))


def _mean_error(steps: Floats, value_bits: int, gain_bits: int) -> float:
    """The estimated mean error of an output in its steps: rounding errors are half the bound."""
    of_values = float(np.abs(steps).mean()) * 2.0 ** -(value_bits + 2)
    return of_values + USUAL_DEVIATIONS * 2.0 ** -(gain_bits + 2)
