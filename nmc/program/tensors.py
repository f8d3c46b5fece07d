"""The tensors a program takes and gives: their integers, and the model's own numbers."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.errors import NmcError

AnyArray = npt.NDArray[Any]
Bytes = bytes  # the type, inside classes that have a field of that name

INTEGER_DTYPES: tuple[str, ...] = ("int8", "uint8", "int32")


@dataclass(frozen=True)
class TensorInfo:
    """One input or output.

    name: as in the model. shape: in the model's own layout.
    dtype: of the integers on the machine (`int8`, `uint8`, `int32`).
    model_dtype: of the model's own tensor: `float32` (quantised on the host) or an integer type.
    scale, zero_point: of the quantiser at this boundary; None where the model's own is integer.
    address, bytes: of the buffer in L2.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    model_dtype: str
    scale: float | None = None
    zero_point: int | None = None
    address: int = 0
    bytes: int = 0

    @property
    def quantised(self) -> bool:
        """Whether the model's own tensor is real numbers."""
        return self.scale is not None

    def inconsistency(self) -> str:
        """What of a description read from a file cannot be; empty where all agrees."""
        if self.dtype not in INTEGER_DTYPES:
            return f"has dtype {self.dtype}, which is none of {', '.join(INTEGER_DTYPES)}"
        size = prod(self.shape) * np.dtype(self.dtype).itemsize
        if self.bytes != size:
            return f"has {self.bytes} bytes, its shape and dtype need {size}"
        return ""

    def to_integers(self, x: AnyArray) -> AnyArray:
        """The integers of an array given by the user, shape and dtype checked.

        Real numbers are quantised as ONNX's QuantizeLinear does, in float32 with ties to even;
        an array that already has the integer type is taken as it is. Raises `NmcError`.
        """
        if x.shape != self.shape:
            raise NmcError(
                f"input '{self.name}': the array is {_shape(x.shape)}, "
                f"the model takes {_shape(self.shape)}; reshape it"
            )
        if x.dtype == np.dtype(self.dtype):
            return np.ascontiguousarray(x)
        if self.quantised and np.issubdtype(x.dtype, np.floating):
            return self._quantise(x.astype(np.float32))
        wanted = f"{self.model_dtype} or {self.dtype}" if self.quantised else self.dtype
        raise NmcError(
            f"input '{self.name}': the array holds {x.dtype}, the model takes {wanted}; convert it"
        )

    def _quantise(self, x: npt.NDArray[np.float32]) -> AnyArray:
        if np.isnan(x).any():
            raise NmcError(
                f"input '{self.name}': the array holds NaN, which no integer stands for; replace it"
            )
        limits = np.iinfo(self.dtype)
        # An overflow to infinity saturates like any other large value.
        with np.errstate(over="ignore"):
            steps = np.rint(x / np.float32(self.scale or 1.0))
        shifted = steps.astype(np.float64) + (self.zero_point or 0)
        return np.clip(shifted, limits.min, limits.max).astype(self.dtype)

    def to_model(self, y: AnyArray) -> AnyArray:
        """Integers of this tensor as the model's own numbers: dequantised where it is real."""
        if not self.quantised:
            return y
        centred = y.astype(np.int64) - (self.zero_point or 0)
        return centred.astype(np.float32) * np.float32(self.scale or 1.0)

    def from_bytes(self, data: Bytes) -> AnyArray:
        """The tensor stored in `data`, row-major."""
        return np.frombuffer(data, self.dtype).reshape(self.shape).copy()

    def random(self, generator: np.random.Generator) -> AnyArray:
        """Standard normal numbers through the quantiser; uniform integers where there is none."""
        if self.quantised:
            return self.to_integers(generator.standard_normal(self.shape).astype(np.float32))
        limits = np.iinfo(self.dtype)
        return generator.integers(limits.min, limits.max, self.shape, self.dtype, endpoint=True)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape) or "a scalar"
