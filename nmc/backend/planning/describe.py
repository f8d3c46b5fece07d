"""Reading `qnn` operations as the planner's works and engines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Operation, SSAValue

from nmc.backend.kernels import (
    ContractionKernel,
    DepthwiseKernel,
    Kernel,
    KernelSet,
    depthwise_by_name,
    depthwise_for,
    estimates,
    kernel_by_name,
    kernels_for,
)
from nmc.backend.planning.movement import (
    Lines,
    Swap,
    concat_lines,
    frame_of,
    pad_lines,
    slice_cuts,
    swaps_of,
)
from nmc.backend.planning.work import (
    Engine,
    FlatWork,
    KernelEngine,
    Layer,
    PadEngine,
    PoolEngine,
    WindowWork,
)
from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_value
from nmc.dialects.qnn.common import integer_range, shape_of
from nmc.errors import NmcError
from nmc.numerics.lookup import ENTRIES
from nmc.numerics.packing import round_up
from nmc.numerics.packing.norm import CHANNEL_BYTES
from nmc.numerics.packing.softmax import TABLE_BYTES
from nmc.numerics.window import Window


def layer_of(op: qnn.LayerOp) -> Layer:
    """The facts of a layer that reports show.

    Non-zeros are those of its constant weights; `pack-weights` leaves their number behind in the
    attribute `nonzeros`.
    """
    macs, nonzeros = 0, 0
    if isinstance(op, qnn.Conv2dOp | qnn.MatmulOp):
        weights = shape_of(op.weight)
        pixels = math.prod(shape_of(op.result)) // weights[0]
        macs = pixels * math.prod(weights)
        value = constant_value(op.weight)
        counted = op.attributes.get("nonzeros")
        if value is not None:
            nonzeros = int(np.count_nonzero(value))
        elif isinstance(counted, IntegerAttr):
            nonzeros = counted.value.data
    macs = macs or sum(
        math.prod(shape_of(product.lhs)) * product.sizes[2]
        for product in op.walk()
        if isinstance(product, qnn.BatchMatmulOp)
    )
    return Layer(
        op.layer_name, op.name.removeprefix("qnn."), shape_of(op.results[0]), macs, nonzeros
    )


def is_unsigned(value: SSAValue) -> bool:
    """Whether a tensor holds uint8."""
    return integer_range(value.type) == (0, 255)


def is_depthwise(op: Operation) -> bool:
    """Whether an operation is a depthwise convolution (groups of one input channel)."""
    return isinstance(op, qnn.Conv2dOp) and op.groups.value.data > 1


def window_of(op: qnn.LayerOp) -> Window | None:
    """The window a layer slides over its input, None for layers that do not."""
    match op:
        case qnn.Conv2dOp() | qnn.MaxPool2dOp() | qnn.AvgPool2dOp():
            geometry = op.geometry()
            return Window(
                *geometry.size,
                shape_of(op.input)[3],
                geometry.kernel,
                geometry.strides,
                geometry.pads[:2],
                geometry.dilations,
                geometry.output()[1],
            )
        case qnn.MatmulOp():
            *rows, depth = shape_of(op.input)
            # Rows of the matrix are pixels of a column, so that tiles of rows are tiles of pixels.
            return Window(math.prod(rows), 1, depth, (1, 1))
        case qnn.PadOp() if pads_image(op):
            _, height, width, channels = shape_of(op.input)
            pad = op.before.get_values()[1:3]
            out_width = shape_of(op.result)[2]
            return Window(
                height, width, channels, (1, 1), pad=(pad[0], pad[1]), out_width=out_width
            )
        case _:
            return None


def pads_image(op: qnn.PadOp) -> bool:
    """Whether a pad widens only the two middle axes of four, with a batch of one."""
    before, after = op.before.get_values(), op.after.get_values()
    outer = [before[axis] + after[axis] for axis in range(len(before)) if axis not in (1, 2)]
    return len(before) == 4 and shape_of(op.input)[0] == 1 and not any(outer)


def window_work(op: qnn.LayerOp) -> WindowWork | None:
    """A window layer as the planner sees it, None for other layers."""
    window = window_of(op)
    if window is None:
        return None
    channels = shape_of(op.results[0])[-1]
    pixels = math.prod(shape_of(op.results[0])) // channels
    adds = isinstance(op, qnn.Conv2dOp | qnn.MatmulOp) and op.addend is not None
    return WindowWork(layer_of(op), window, pixels // window.out_width, channels, adds)


def pattern_of(op: qnn.Conv2dOp | qnn.MatmulOp) -> tuple[int, int] | None:
    """The N:M pattern of a layer's weights along their input channels, None where dense."""
    encoding = nm.sparsity_of(op.weight.type)
    if encoding is None or encoding.axis.data != len(shape_of(op.weight)) - 1:
        return None
    return encoding.pattern


def kernels_of(op: qnn.Conv2dOp | qnn.MatmulOp, features: Iterable[str]) -> list[Kernel]:
    """The kernels of the registry that can compute a layer."""
    if isinstance(op, qnn.Conv2dOp) and is_depthwise(op):
        inputs, outputs = op.channels
        return list(depthwise_for(outputs // inputs, _line_window(op)))
    return list(kernels_for(pattern_of(op), features))


def _line_window(op: qnn.Conv2dOp) -> tuple[int, int, int] | None:
    """Height, width and stride of a depthwise window that can slide over lines; None: it cannot.

    Its columns are beside each other, channels whole words, outputs as they lie in L2; what is
    added to them would have to lie so, too.
    """
    geometry = op.geometry()
    inputs, _ = op.channels
    slides = geometry.dilations[1] == 1 and inputs % 4 == 0 and op.addend is None
    return (*geometry.kernel, geometry.strides[1]) if slides else None


# With these four outputs in a word are requantised without the high half of a product.
REQUANTISING = frozenset({"xgmac", "xrq"})


def kernel_engine(
    op: qnn.Conv2dOp | qnn.MatmulOp, kernel: Kernel, features: Iterable[str] = ()
) -> KernelEngine:
    """The engine of a layer with one kernel on a target with `features`."""
    short = kernel.channels % 4 == 0 and REQUANTISING.issubset(features)
    taps = math.prod(shape_of(op.weight)[1:-1])
    cin = shape_of(op.input)[-1]
    depthwise = is_depthwise(op)
    unit_bytes = kernel.record_bytes(taps, 1 if depthwise else cin)
    line = 1
    if isinstance(kernel, DepthwiseKernel) and kernel.line is not None:
        line = shape_of(op.result)[2]
        taps = kernel.line.taps(line)
    return KernelEngine(
        name=kernel.name,
        units=kernel.records(shape_of(op.weight)[0]),
        unit_channels=kernel.channels,
        unit_bytes=unit_bytes,
        pixels=kernel.pixels,
        taps=taps,
        tap_pitch=kernel.tap_pitch(cin),
        row_pitch=kernel.row_pitch(taps, cin),
        # Depthwise records read their own channels of a row: they are not moved apart from it.
        divisible=not depthwise,
        kernel=kernel,
        channels=cin,
        wide=not short and kernel.lower_requant(op.requant.to_requant()).form == "wide",
        line=line,
    )


def engines_of(
    op: qnn.LayerOp, features: Iterable[str] = (), allowed: KernelSet | None = None
) -> list[Engine]:
    """What can compute a window layer, with the kernels of a set where it has any (None: all)."""
    match op:
        case qnn.Conv2dOp() | qnn.MatmulOp():
            kernels = kernels_of(op, features)
            chosen = kernels if allowed is None else allowed.candidates(kernels)
            return [kernel_engine(op, kernel, features) for kernel in chosen]
        case qnn.MaxPool2dOp() | qnn.AvgPool2dOp():
            return [_pool_engine(op)]
        case qnn.PadOp():
            channels = shape_of(op.input)[-1]
            pitch = round_up(channels, 4)
            return [PadEngine("pad", 1, channels, 0, 1, 1, channels, pitch, False)]
        case _:
            raise NmcError(f"layer {op.layer_name}: {op.name} slides no window")


def engine_named(op: qnn.LayerOp, name: str) -> Engine:
    """The engine a plan names. Raises NmcError for a kernel that cannot compute the layer."""
    if not isinstance(op, qnn.Conv2dOp | qnn.MatmulOp):
        return engines_of(op)[0]
    depthwise = is_depthwise(op)
    kernel = depthwise_by_name(name) if depthwise else kernel_by_name(name)
    if isinstance(kernel, ContractionKernel) and kernel.nm not in (None, pattern_of(op)):
        raise NmcError(
            f"layer {op.layer_name}: kernel {name} needs {kernel.nm} sparse weights; "
            "choose a dense kernel or prune the weights"
        )
    if isinstance(kernel, DepthwiseKernel) and kernel not in kernels_of(op, ()):
        raise NmcError(
            f"layer {op.layer_name}: kernel {name} does not slide over its window; "
            "choose depthwise-4 or depthwise-1"
        )
    return kernel_engine(op, kernel)


def _pool_engine(op: qnn.MaxPool2dOp | qnn.AvgPool2dOp) -> PoolEngine:
    channels = op.channels
    taps = math.prod(op.kernel.get_values())
    pitch = round_up(channels, 4)
    kind = "max" if isinstance(op, qnn.MaxPool2dOp) else "avg"
    return PoolEngine(
        f"pool-{kind}", -(-channels // 4), 4, 0, 1, taps, pitch, taps * pitch, False, kind
    )


def flat_works(op: qnn.LayerOp) -> list[FlatWork]:
    """A flat layer as the planner sees it: one work for each range it runs over, in order."""
    layer = layer_of(op)
    size = math.prod(shape_of(op.results[0]))
    match op:
        case qnn.AddOp():
            per_byte = _each(estimates.add(1000), 1000)
            where = ((1, 1), 1, 4, per_byte, ("a", "b"))
            return [FlatWork(layer, "add", size, *where, code_lines=estimates.ADD_LINES)]
        case qnn.RequantizeOp():
            per_byte = _each(estimates.requantize(1000), 1000)
            where = ((1,), 1, 4, per_byte, ("x",))
            lines = estimates.REQUANTIZE_LINES
            return [FlatWork(layer, "requantize", size, *where, code_lines=lines)]
        case qnn.LookupOp():
            per_byte = _each(estimates.lookup(1000), 1000)
            where = ((1,), 1, 4, per_byte, ("x",))
            lines = estimates.LOOKUP_LINES
            return [FlatWork(layer, "lookup", size, *where, fixed_bytes=ENTRIES, code_lines=lines)]
        case qnn.SoftmaxOp():
            return [_row_work(layer, "softmax", size, TABLE_BYTES, estimates.softmax)]
        case qnn.LayerNormOp():
            packed = CHANNEL_BYTES * layer.shape[-1]
            return [_row_work(layer, "layer_norm", size, packed, estimates.layer_norm)]
        case qnn.TransposeOp():
            swaps = swaps_of(shape_of(op.input), op.permutation.get_values())
            lines = Lines(1, size, 0, size)
            return [_swap_work(layer, swap) for swap in swaps] or [_copy_work(layer, lines)]
        case qnn.ConcatOp():
            shapes = [shape_of(value) for value in op.inputs]
            places = concat_lines(shapes, op.axis.value.data)
            return [
                _copy_work(layer, lines) if requant is None else _requantize_work(layer, lines)
                for lines, requant in zip(places, op.input_requants(), strict=True)
            ]
        case qnn.PadOp():
            steps = pad_lines(shape_of(op.input), op.before.get_values(), op.after.get_values())
            lines = Lines(1, size, 0, size)
            runs = [run for step in steps for run in (step, *frame_of(step))]
            return [_copy_work(layer, run) for run in runs or [lines]]
        case qnn.SliceOp():
            cuts = slice_cuts(shape_of(op.input), *op.ranges)
            lines = Lines(1, size, 0, size)
            return [_copy_work(layer, cut.lines, cut.batch) for cut in cuts] or [
                _copy_work(layer, lines)
            ]
        case _:
            raise NmcError(
                f"layer {op.layer_name}: {op.name} is not supported on the cluster yet; "
                "nmc run interprets the integer stage"
            )


def _each(cycles: float, count: int) -> float:
    """Cycles of one of `count` positions that a call of a kernel goes through."""
    return (cycles - estimates.CALL) / count


def _row_work(
    layer: Layer, kernel: str, size: int, fixed: int, estimate: Callable[[int, int], float]
) -> FlatWork:
    """An operation on rows of a tensor of `size` bytes."""
    length = layer.shape[-1]
    where = (length,), length, 1, _each(estimate(100, length), 100), ("x",)
    lines = estimates.ROW_LINES
    return FlatWork(layer, kernel, size // length, *where, fixed_bytes=fixed, code_lines=lines)


def _swap_work(layer: Layer, swap: Swap) -> FlatWork:
    column = swap.rows * swap.size
    cycles = _each(estimates.transpose(100, swap.rows, swap.size), 100)
    where = (column,), column, 1, cycles, ("x",)
    return FlatWork(
        layer,
        "transpose",
        swap.columns,
        *where,
        repeats=swap.batch,
        code_lines=estimates.TRANSPOSE_LINES,
        in_lines=swap.rows,
        element=swap.size,
    )


def _copy_work(layer: Layer, lines: Lines, batch: int = 1) -> FlatWork:
    ranges, positions, size = lines.unit
    where = (size,), 0, 1, 0.0, ("copy",)
    return FlatWork(layer, "copy", positions, *where, repeats=batch * ranges, computes=False)


def _requantize_work(layer: Layer, lines: Lines) -> FlatWork:
    ranges, positions, size = lines.unit
    cycles = size * _each(estimates.requantize(1000), 1000)
    where = (size,), size, 1, cycles, ("x",)
    code = estimates.REQUANTIZE_LINES
    return FlatWork(layer, "requantize", positions, *where, repeats=ranges, code_lines=code)
