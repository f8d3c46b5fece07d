"""Random contractions and their expected bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.backend.kernels import ContractionKernel, kernel_by_name
from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.tile import ContractOp, RequantAttr
from nmc.numerics import tile_ops
from nmc.numerics.clamp import Clamp, clamp_of
from nmc.numerics.packing import Bytes
from nmc.numerics.requant import Requant
from nmc.numerics.tile_ops import PixelGroups
from tests.kernels.data import plain, random_bytes, random_weights
from tests.kernels.harness import Addresses, Program, compile_op


@dataclass(frozen=True)
class Case:
    """A contraction over whole and partial ranges."""

    kernel: str
    taps: int
    cin: int
    outputs: int
    rows: tuple[int, int]
    records: tuple[int, int]
    requant: RequantAttr
    unsigned: bool = False
    a_row: int = 0
    out_row: int = 0
    # Bytes of a and output rows from one group of pixels to the next.
    steps: tuple[int, int] | None = None
    # Of formats that do not interleave: pixels of a group, bytes and output rows between them.
    band: tuple[int, int, int] | None = None

    @property
    def kernel_of(self) -> ContractionKernel:
        return kernel_by_name(self.kernel)

    @property
    def a_pitch(self) -> int:
        if self.band is not None:
            return self.band[1]
        return self.kernel_of.row_pitch(self.taps, self.cin)

    @property
    def beside(self) -> int:
        return self.kernel_of.format.interleave if self.band is None else self.band[0]

    @property
    def out_pitch(self) -> int:
        kernel = self.kernel_of
        return (kernel.records(self.outputs) * kernel.channels + 3) // 4 * 4

    @property
    def groups(self) -> PixelGroups | None:
        """How pixels are grouped, None where the format says all."""
        if self.steps is None:
            return None
        return PixelGroups(self.beside, *self.steps, 1 if self.band is None else self.band[2])

    @property
    def out_lanes(self) -> int:
        """Output rows that the pixels of a group span beyond the first."""
        return 0 if self.band is None else (self.band[0] - 1) * self.band[2]

    def contents(self, seed: int) -> dict[str, Bytes]:
        """Random activations, weights and what the output held before."""
        rng = np.random.default_rng(seed)
        kernel = self.kernel_of
        beside = self.beside
        a_step, out_step = self.steps or (beside * self.a_pitch, beside)
        weights = random_weights(rng, (self.outputs, self.taps, self.cin), kernel.nm)
        bias = rng.integers(-20000, 20000, self.outputs).astype(np.int32)
        top = {"narrow": 30, "clamped": 1 << 15, "wide": 1 << 30}[self.requant.kind]
        multiplier = rng.integers(top // 2, top, self.outputs).astype(np.int32)
        return {
            "a": random_bytes(
                rng,
                (self.a_row + self.rows[1]) // beside * a_step
                + beside * self.a_pitch
                + kernel.row_pitch(self.taps, self.cin),
            ),
            "w": kernel.pack(weights, bias, multiplier, self.clamp(multiplier)),
            "out": random_bytes(
                rng,
                (self.out_row + (self.rows[1] // beside + 1) * out_step + self.out_lanes)
                * self.out_pitch,
            ),
        }

    def clamp(self, multiplier: NDArray[np.int32]) -> Clamp | None:
        """The constants of the clamped form."""
        attr = self.requant
        if attr.kind != "clamped":
            return None
        numbers = attr.shift.data, attr.zero_point.data, attr.lo.data, attr.hi.data
        return clamp_of(Requant(tuple(multiplier.tolist()), *numbers, "clamped"), self.outputs)

    def program(self, features: Sequence[str] = ()) -> Program:
        """The case compiled."""

        def make(e: Emitter, at: Addresses) -> ContractOp:
            return ContractOp(
                at["a"],
                e.const(self.a_row),
                at["w"],
                at["out"],
                e.const(self.out_row),
                (e.const(self.rows[0]), e.const(self.rows[1])),
                (e.const(self.records[0]), e.const(self.records[1])),
                kernel=self.kernel,
                taps=self.taps,
                cin=self.cin,
                a_pitch=self.a_pitch,
                out_pitch=self.out_pitch,
                requant=self.requant,
                unsigned_input=self.unsigned,
                a_step=None if self.steps is None else self.steps[0],
                out_step=None if self.steps is None else self.steps[1],
                beside=None if self.band is None else self.band[0],
                out_lane=None if self.band is None else self.band[2],
            )

        sizes = {name: len(data) for name, data in self.contents(0).items()}
        return compile_op(make, sizes, features)

    def expected(self, contents: dict[str, Bytes]) -> Bytes:
        """The output buffer after the operation."""
        out = contents["out"].copy()
        tile_ops.contract(
            contents["a"],
            self.a_row,
            contents["w"],
            out,
            self.out_row,
            self.rows,
            self.records,
            fmt=self.kernel_of.format,
            taps=self.taps,
            cin=self.cin,
            a_pitch=self.a_pitch,
            out_pitch=self.out_pitch,
            requant=plain(self.requant),
            unsigned_input=self.unsigned,
            groups=self.groups,
        )
        return out
