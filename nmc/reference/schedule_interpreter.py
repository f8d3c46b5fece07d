"""Run a module of the scheduled level on NumPy arrays: tiles, transfers, cores, barriers.

Any stage from `tile` to `stream-weights` runs. Each core is a generator that stops at barriers;
the cores run one after another between two of them. A started transfer moves its bytes when it is
waited for, reading the source then, so that a missing wait or an early reuse of a buffer shows as
wrong results. After `plan-memory` buffers are slices of one array a memory, so overlaps show too.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute, Block, Operation, SSAValue

from nmc.dialects import cluster
from nmc.dialects.constants import dtype_of
from nmc.errors import NmcError
from nmc.numerics.packing import Bytes
from nmc.passes.scheduling.stream_order import evaluate, groups_of
from nmc.reference.graph_interpreter import (
    Inputs,
    Interpretation,
    input_names,
    main_function,
    output_names,
)
from nmc.reference.schedule_interpreter_memory import Memory, Stream
from nmc.reference.schedule_interpreter_ops import run_tile

Array = npt.NDArray[Any]
Steps = Generator[None, None, None]


@dataclass
class Transfer:
    """A started transfer: lines of bytes that move when it is waited for."""

    lines: list[tuple[Bytes, Bytes]]
    layer: str
    done: bool = False

    def finish(self) -> None:
        """Move the bytes."""
        if self.done:
            raise NmcError(f"layer {self.layer}: a transfer is waited for twice")
        for source, destination in self.lines:
            destination[:] = source
        self.done = True


@dataclass
class Core:
    """One core inside a layer: its values and what it has started."""

    number: int
    cores: int
    layer: str
    memory: Memory
    stream: Stream | None
    values: dict[SSAValue, Any]
    shared: dict[Operation, Bytes]
    started: list[Transfer] = field(default_factory=list[Transfer])

    def run(self, block: Block) -> Steps:
        """Run a block; a step is what happens up to the next barrier."""
        for op in block.ops:
            yield from self._step(op)

    def get(self, value: SSAValue) -> Any:
        """The integer, buffer or token behind a value."""
        return self.values[value]

    def _step(self, op: Operation) -> Steps:
        match op:
            case cluster.BarrierOp():
                yield
            case scf.ForOp():
                yield from self._loop(op)
            case scf.IfOp():
                yield from self._if(op)
            case cluster.GroupsOp():
                yield from self._groups(op)
            case cluster.MasterOp():
                yield from self._master(op)
            case _:
                if not (
                    self._buffer(op)
                    or self._transfer(op)
                    or run_tile(op, self.get)
                    or evaluate(op, self.values)
                ):
                    raise NmcError(
                        f"layer {self.layer}: {op.name} cannot be interpreted at this level"
                    )

    def _loop(self, op: scf.ForOp) -> Steps:
        state = [self.get(value) for value in op.iter_args]
        body = op.body.block
        for index in range(self.get(op.lb), self.get(op.ub), self.get(op.step)):
            self.values.update(zip(body.args, [index, *state], strict=True))
            yield from self.run(body)
            state = self._yielded(body)
        self.values.update(zip(op.results, state, strict=True))

    def _yielded(self, block: Block) -> list[Any]:
        last = block.last_op
        return [] if last is None else [self.get(value) for value in last.operands]

    def _if(self, op: scf.IfOp) -> Steps:
        region = op.true_region if self.get(op.cond) else op.false_region
        for block in region.blocks:
            yield from self.run(block)
            self.values.update(zip(op.results, self._yielded(block), strict=True))

    def _groups(self, op: cluster.GroupsOp) -> Steps:
        for places in groups_of(op, self.get(op.total)):
            self.values.update(zip(op.body.block.args, places, strict=True))
            yield from self.run(op.body.block)

    def _master(self, op: cluster.MasterOp) -> Steps:
        if self.number != 0:
            self.values.update((result, None) for result in op.outputs)
            return
        yield from self.run(op.body.block)
        values = self._yielded(op.body.block)
        self.values.update(zip(op.outputs, values, strict=True))

    def _buffer(self, op: Operation) -> bool:
        """Allocations, views, and what tells cores apart."""
        match op:
            case cluster.AllocOp():
                if op not in self.shared:
                    self.shared[op] = self.memory.allocate(op)
                self.values[op.result] = self.shared[op]
            case cluster.GetDataOp():
                self.values[op.result] = self.memory.data[op.data.root_reference.data]
            case cluster.ViewOp():
                source, offset = self.get(op.source), self.get(op.offset)
                size = cluster.size_of(op.result.type)
                if offset < 0 or offset + size > len(source):
                    raise NmcError(
                        f"layer {self.layer}: a view of {size} bytes at {offset} leaves its "
                        f"buffer of {len(source)}"
                    )
                self.values[op.result] = source[offset : offset + size]
            case cluster.CoreIdOp():
                self.values[op.result] = self.number
            case cluster.ShareOp():
                self.values[op.lower], self.values[op.upper] = cluster.share_of(
                    self.get(op.total), self.get(op.part), op.parts.value.data, op.step.value.data
                )
            case scf.YieldOp() | cluster.YieldOp():
                pass
            case _:
                return False
        return True

    def _transfer(self, op: Operation) -> bool:
        """Transfers and the weight stream."""
        match op:
            case cluster.CopyOp():
                Transfer(self._lines(op), self.layer).finish()
            case cluster.DmaStartOp():
                transfer = Transfer(self._lines(op), self.layer)
                self.started.append(transfer)
                self.values[op.token] = transfer
            case cluster.DmaNoneOp():
                self.values[op.token] = None
            case cluster.DmaWaitOp():
                # No order is promised among them: one that needs an earlier one shows.
                for token in reversed(op.tokens):
                    transfer = self.get(token)
                    if transfer is not None:
                        transfer.finish()
            case cluster.StreamPumpOp():
                # All cores may pass here; the pump belongs to core 0.
                if self.number == 0:
                    self._stream().pump()
            case cluster.StreamNextOp():
                size = cluster.size_of(op.result.type)
                self.values[op.result] = self._stream().next(size)
            case _:
                return False
        return True

    def _stream(self) -> Stream:
        if self.stream is None:
            raise NmcError(f"layer {self.layer}: the module has no cluster.stream")
        return self.stream

    def _lines(self, op: cluster.TransferOperation) -> list[tuple[Bytes, Bytes]]:
        """(source, destination) of each line, checked against the buffers' ends."""
        length = self.get(op.length)
        lines = 1 if op.lines is None else self.get(op.lines)
        stride, pitch = (length if step is None else step for step in op.strides())
        outer, local = self.get(op.outer), self.get(op.local)
        outer_offset, local_offset = self.get(op.outer_offset), self.get(op.local_offset)
        found: list[tuple[Bytes, Bytes]] = []
        for line in range(lines):
            far = self._slice(outer, outer_offset + line * stride, length)
            near = self._slice(local, local_offset + line * pitch, length)
            found.append((far, near) if op.inward else (near, far))
        return found

    def _slice(self, buffer: Bytes, offset: int, length: int) -> Bytes:
        if length < 1 or offset < 0 or offset + length > len(buffer):
            raise NmcError(
                f"layer {self.layer}: a transfer of {length} bytes at {offset} leaves its buffer "
                f"of {len(buffer)}"
            )
        return buffer[offset : offset + length]


def interpret_schedule(module: ModuleOp, inputs: Inputs) -> Interpretation:
    """Run @main of a module at the scheduled level.

    inputs: arrays by argument name or in order, of the argument's original tensor type. Results
    are the outputs by name and what each layer computed. Raises NmcError where the program breaks
    a rule: a view or transfer outside its buffer, a barrier not all cores reach, a transfer never
    waited for.
    """
    main = main_function(module)
    kinds = boundary_types(main)
    arrays = _check_inputs(main, inputs, kinds[0])
    memory = Memory.of(module)
    op = next((o for o in module.body.block.ops if isinstance(o, cluster.StreamOp)), None)
    stream = None if op is None else Stream(memory, op)
    values: dict[SSAValue, Any] = {}
    for arg, array in zip(main.body.block.args, arrays, strict=True):
        values[arg] = _place_input(main, arg.index, np.ascontiguousarray(array), memory)
    layers: dict[str, Array] = {}
    for operation in main.body.block.ops:
        match operation:
            case cluster.AllocOp():
                values[operation.result] = memory.allocate(operation)
            case cluster.GetDataOp():
                values[operation.result] = memory.data[operation.data.root_reference.data]
            case cluster.LayerOp():
                memory.clear_l1()
                run_layer(operation, values, memory, stream)
                layers[operation.sym_name.data] = _layer_output(operation, values)
            case func.ReturnOp():
                results = zip(operation.operands, kinds[1], strict=True)
                typed = [_typed(values[value], kind) for value, kind in results]
                return Interpretation(dict(zip(output_names(main), typed, strict=True)), layers)
            case _:
                if not evaluate(operation, values):
                    raise NmcError(f"{operation.name} cannot be interpreted at this level")
    raise NmcError("@main does not return; it must end with func.return")


def run_layer(
    layer: cluster.LayerOp, values: dict[SSAValue, Any], memory: Memory, stream: Stream | None
) -> None:
    """Run one layer on all its cores."""
    name = layer.sym_name.data
    shared: dict[Operation, Bytes] = {}
    cores = [
        Core(number, layer.core_count, name, memory, stream, dict(values), shared)
        for number in range(layer.core_count)
    ]
    running = [core.run(layer.body.block) for core in cores]
    while True:
        waiting = [next(steps, True) is None for steps in running]
        if not any(waiting):
            break
        if not all(waiting):
            late = waiting.index(False)
            raise NmcError(f"layer {name}: core {late} never reaches a barrier others wait at")
    if any(not transfer.done for core in cores for transfer in core.started):
        raise NmcError(f"layer {name}: a transfer is started and never waited for")


def boundary_types(main: func.FuncOp) -> tuple[list[Attribute], list[Attribute]]:
    """The tensor types of the arguments and results of @main before it was tiled."""
    found: list[list[Attribute]] = []
    for attributes in (main.arg_attrs, main.res_attrs):
        entries = () if attributes is None else attributes.data
        kinds = [entry.data.get("nmc.type") for entry in entries]
        found.append([kind for kind in kinds if kind is not None])
    counts = len(main.function_type.inputs), len(main.function_type.outputs)
    if (len(found[0]), len(found[1])) != counts:
        raise NmcError("@main does not say the tensor types of its buffers (nmc.type)")
    return found[0], found[1]


def _check_inputs(main: func.FuncOp, inputs: Inputs, kinds: list[Attribute]) -> list[Array]:
    """The inputs in the order of the arguments, of exactly the types the model takes."""
    names = input_names(main)
    if isinstance(inputs, Mapping):
        if set(inputs) != set(names):
            raise NmcError(
                f"inputs are {', '.join(inputs) or 'none'}; the model takes {', '.join(names)}"
            )
        arrays = [inputs[name] for name in names]
    else:
        arrays = list(inputs)
    if len(arrays) != len(names):
        raise NmcError(f"{len(arrays)} inputs are given; the model takes {len(names)}")
    for name, array, kind in zip(names, arrays, kinds, strict=True):
        tensor = cast(TensorType[Any], kind)
        dtype = dtype_of(tensor.element_type)
        if array.shape != tensor.get_shape() or array.dtype != dtype:
            raise NmcError(
                f"input {name} is {array.dtype.name} of shape {list(array.shape)}; the model takes "
                f"{np.dtype(dtype).name} of shape {list(tensor.get_shape())}"
            )
    return arrays


def _place_input(main: func.FuncOp, index: int, array: Array, memory: Memory) -> Bytes:
    flat = array.view(np.uint8).reshape(-1)
    assert main.arg_attrs is not None
    address = main.arg_attrs.data[index].data.get("nmc.address")
    if address is None:
        return flat.copy()
    place = memory.at(cluster.Space.L2, cast(Any, address).value.data, len(flat))
    place[:] = flat
    return place


def _typed(data: Bytes, kind: Attribute) -> Array:
    tensor = cast(TensorType[Any], kind)
    return data.view(dtype_of(tensor.element_type)).reshape(tensor.get_shape()).copy()


def _layer_output(layer: cluster.LayerOp, values: dict[SSAValue, Any]) -> Array:
    """What the layer wrote to L2, in the shape and type its `info` says."""
    for op in layer.body.walk(reverse=True):
        if isinstance(op, cluster.TransferOperation) and not op.inward:
            data = values[cluster.root_of(op.outer)]
            shape, dtype = layer.info.data.get("shape"), layer.info.data.get("dtype")
            if isinstance(shape, DenseArrayBase) and isinstance(dtype, StringAttr):
                sizes = [int(size) for size in shape.get_values()]
                return data.view(np.dtype(dtype.data)).reshape(sizes).copy()
            return data.copy()
    raise NmcError(f"layer {layer.sym_name.data}: it writes nothing")
