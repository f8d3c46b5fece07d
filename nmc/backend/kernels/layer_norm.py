"""The kernel of layer normalisation: rows of bytes, in two passes over each."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import bound_lanes, clip_range
from nmc.backend.kernels.row_scale import row_scale
from nmc.backend.kernels.signature import number, sign_name
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8
from nmc.dialects.tile import RequantAttr
from nmc.numerics.layer_norm import LayerNormParams
from nmc.numerics.packing.norm import CHANNEL_BYTES


@dataclass(frozen=True)
class LayerNorm:
    """What is static about a normalisation: its constants (gains are data), where rows lie."""

    params: LayerNormParams
    src_pitch: int
    out_pitch: int
    unsigned: bool

    def name(self) -> str:
        """The function's name."""
        p, rows = self.params, self.params.rows
        parts = (
            f"layer_norm_{sign_name(self.unsigned)}n{rows.length}",
            f"a{self.src_pitch}_o{self.out_pitch}",
            f"r{rows.row_bits}v{rows.value_bits}e{rows.epsilon}f{rows.epsilon_bits}",
            f"s{p.shift}_{number(p.lo)}to{number(p.hi)}",
        )
        return "_".join(parts)


def build_layer_norm(spec: LayerNorm) -> func.FuncOp:
    """`layer_norm_...(src, weights, out, rows)`; weights as `packing.norm` lays them out."""

    def body(e: Emitter, src: SSAValue, weights: SSAValue, out: SSAValue, rows: SSAValue) -> None:
        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, out = state
            least = 0 if spec.unsigned else -128
            scale, offset = row_scale(e, spec.params.rows, least, *_sums(e, spec, src))
            _outputs(e, spec, (scale, offset), (src, weights, out))
            return e.add(src, spec.src_pitch), e.add(out, spec.out_pitch)

        e.loop(rows, [src, out], row)

    return kernel_function(spec.name(), ("src", "weights", "out", "rows"), body)


def _sums(e: Emitter, spec: LayerNorm, src: SSAValue) -> tuple[SSAValue, SSAValue]:
    """The sums of a row's elements and of their squares."""
    kind = bytes4(spec.unsigned)
    ones = e.splat(1, S8X4)

    def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        total, squares, at = state
        x, at = e.load_next(at, kind, 4)
        return e.dot(total, x, ones), e.dot(squares, x, x), at

    length = spec.params.rows.length
    total, squares, at = e.loop(length // 4, [e.const(0), e.const(0), src], word)
    for offset in range(length % 4):
        x = e.load(at, ui8 if spec.unsigned else i8, offset)
        total, squares = e.add(total, x), e.mac(squares, x, x)
    return total, squares


def _outputs(
    e: Emitter,
    spec: LayerNorm,
    scale: tuple[SSAValue, SSAValue],
    places: tuple[SSAValue, SSAValue, SSAValue],
) -> None:
    """The outputs of a row whose scale and offset are known."""
    p = spec.params
    drop = p.rows.row_bits - p.rows.value_bits
    bounds = RequantAttr.of(p.shift, 0, p.lo, p.hi)
    lowest, highest = clip_range(bounds)

    def element(src: SSAValue, weights: SSAValue, lane: int, lo: int, hi: int) -> SSAValue:
        x = e.load(src, ui8 if spec.unsigned else i8, lane)
        value = e.add_round_shift(e.mul(x, scale[0]), scale[1], drop)
        product = e.mul(value, e.load(weights, i32, CHANNEL_BYTES * lane))
        offset = e.load(weights, i32, CHANNEL_BYTES * lane + 4)
        return e.clamp(e.add_round_shift(product, offset, p.shift), lo, hi)

    def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        src, weights, out = state
        lanes = [element(src, weights, lane, lowest, highest) for lane in range(4)]
        packed = bound_lanes(e, e.pack(lanes, bytes4(lowest == 0)), bounds)
        e.store(packed, out, packed.type)
        return e.add(src, 4), e.add(weights, 4 * CHANNEL_BYTES), e.add(out, 4)

    src, weights, out = e.loop(p.rows.length // 4, places, word)
    for lane in range(p.rows.length % 4):
        e.store(element(src, weights, lane, p.lo, p.hi), out, i8, lane)
