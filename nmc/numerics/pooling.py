"""Maximum and average over sliding windows."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.contraction import windows
from nmc.numerics.derive import derive_requant
from nmc.numerics.geometry import PoolGeometry
from nmc.numerics.requant import Requant

Array = npt.NDArray[Any]


def derive_average(
    real: float,
    counts: Array,
    positions: int,
    *,
    input_zero_point: int,
    input_range: tuple[int, int],
    zero_point: int,
    bounds: tuple[int, int],
) -> Requant:
    """The requantisation of an average pool.

    real: `s_x / s_y`; counts: every divisor that occurs (`PoolGeometry.counts`); positions:
    kernel_h * kernel_w. With one divisor everywhere there is one multiplier, else `positions` of
    them, entry c - 1 dividing by c and 0 where no window does. A window's sum has at most as many
    terms as it divides by. Raises RequantError as `derive_requant` does.
    """
    used = np.unique(counts).astype(np.int64)
    low, high = (used * (end - input_zero_point) for end in input_range)
    requant = derive_requant(real / used.astype(np.float64), low, high, zero_point, bounds)
    if used.size == 1:
        return requant
    by_count = dict(zip(used.tolist(), requant.multiplier, strict=True))
    multiplier = tuple(by_count.get(c, 0) for c in range(1, positions + 1))
    return Requant(
        multiplier,
        requant.shift,
        zero_point,
        *bounds,
        requant.form,
        requant.acc_bits,
    )


def avg_pool2d(
    x: Array,
    requant: Requant,
    geometry: PoolGeometry,
    *,
    input_zero_point: int = 0,
    count_include_pad: bool = False,
) -> npt.NDArray[np.int64]:
    """Average pool of x [1, H, W, C]: int64 [1, OH, OW, C] within the bounds of `requant`."""
    taps = windows(x, geometry, input_zero_point)
    # Positions outside the image read the zero-point and add nothing.
    acc = taps.sum(axis=(2, 3), dtype=np.int64) - taps.shape[2] * taps.shape[3] * input_zero_point
    if len(requant.multiplier) == 1:
        return requant.apply(acc)[None]
    counts = geometry.counts(count_include_pad)
    rows = acc.reshape(-1, acc.shape[-1])
    chosen = Requant(
        tuple(requant.multiplier[c - 1] for c in counts.reshape(-1).tolist()),
        requant.shift,
        requant.zero_point,
        requant.lo,
        requant.hi,
        requant.form,
        requant.acc_bits,
    )
    return chosen.apply(rows, channel_axis=0).reshape(1, *acc.shape)


def max_pool2d(x: Array, geometry: PoolGeometry) -> Array:
    """Maximum pool of x [1, H, W, C] in x's dtype; positions outside the image never win."""
    lowest = int(np.iinfo(x.dtype).min)
    return windows(x, geometry, lowest).max(axis=(2, 3))[None]
