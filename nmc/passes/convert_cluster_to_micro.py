"""Lower the scheduled level to functions on words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.machine.calls import OVERWRITES_ALL
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster, micro
from nmc.dialects.qnn.common import integer_range
from nmc.passes.scheduling import runtime
from nmc.passes.scheduling.layer_function import LayerFunction, unplaced
from nmc.passes.scheduling.mmio import Words
from nmc.targets import Target


@dataclass(frozen=True)
class ConvertClusterToMicroPass(ModulePass):
    """Turn every layer into a function, @main into calls, and `cluster` operations into words.

        cluster.layer @conv1 plan {..} info {..} cores 8 {
          cluster.master {
            %t = cluster.dma_start %x[%c0] to %x_1[%c0] length %c256 : ..
            cluster.dma_wait %t
          }
          cluster.barrier
        }

    becomes

        func.func private @layer_00_conv1() attributes {nmc.layer = {..}, nmc.overwrites_all} {
          %core = micro.core_id
          %first = arith.cmpi eq, %core, %c0 : i32
          scf.if %first {
            %t = func.call @dma_start(%local, %outer, %command) : (i32, i32, i32) -> i32
            func.call @dma_wait(%t) : (i32) -> ()
          }
          %e = micro.event_wait %unit[540]
        }

    Buffers become their addresses (run `plan-memory` first), index values i32, tokens masks of
    transfer ids. @main loses its arguments and results: the module's `nmc.inputs`, `nmc.outputs`
    and `nmc.layers` say where they lie. Neither it nor a layer saves registers beside the return
    address: from layer to layer nothing is kept in them. `cluster.data` stays; the table of the
    stream becomes one more. Tile operations, if any are left, now work on addresses.
    """

    name = "convert-cluster-to-micro"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = resolve_target(op)
        stream = next((o for o in op.body.block.ops if isinstance(o, cluster.StreamOp)), None)
        for main in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            if _is_network(main):
                Program(op, main, target, stream).convert()


def _is_network(function: func.FuncOp) -> bool:
    """Whether it has layers, or would have if not all of them had folded away."""
    block = function.body.block
    takes_buffers = any(isinstance(arg.type, MemRefType) for arg in block.args)
    return takes_buffers or any(isinstance(o, cluster.LayerOp) for o in block.ops)


@dataclass
class Program:
    """Converts the module's function of layers."""

    module: ModuleOp
    main: func.FuncOp
    target: Target
    stream: cluster.StreamOp | None

    def convert(self) -> None:
        """Convert in place."""
        places = self._places()
        layers = [o for o in self.main.body.block.ops if isinstance(o, cluster.LayerOp)]
        records: list[Attribute] = []
        names: list[str] = []
        for number, layer in enumerate(layers):
            name = layer_symbol(number, layer.sym_name.data)
            records.append(self._record(layer, name, places))
            names.append(name)
            function = LayerFunction(self.target, layer, places).convert(name, records[-1])
            Rewriter.insert_op(function, InsertPoint.before(self.main))
        attributes = self.module.attributes
        attributes["nmc.layers"] = ArrayAttr(records)
        attributes["nmc.inputs"] = _boundary(self.main.arg_attrs, "input")
        attributes["nmc.outputs"] = _boundary(self.main.res_attrs, "output")
        self._write_main(names)
        self._add_runtime()

    def _places(self) -> dict[SSAValue, int]:
        """The address of every buffer of @main."""
        data = {
            o.sym_name.data: o for o in self.module.body.block.ops if isinstance(o, cluster.DataOp)
        }
        places: dict[SSAValue, int] = {}
        for index, arg in enumerate(self.main.body.block.args):
            entry = None if self.main.arg_attrs is None else self.main.arg_attrs.data[index]
            address = None if entry is None else entry.data.get("nmc.address")
            if not isinstance(address, IntegerAttr):
                raise unplaced(f"argument {index} of @{self.main.sym_name.data}")
            places[arg] = address.value.data
        for op in self.main.body.block.ops:
            if isinstance(op, cluster.AllocOp):
                if op.address is None:
                    raise unplaced(f"buffer {op.label.data}")
                places[op.result] = op.address.value.data
            elif isinstance(op, cluster.GetDataOp):
                found = data.get(op.data.root_reference.data)
                if found is None or found.address is None:
                    raise unplaced(f"constant {op.data}")
                places[op.result] = found.address.value.data
        return places

    def _record(
        self, layer: cluster.LayerOp, symbol: str, places: dict[SSAValue, int]
    ) -> DictionaryAttr:
        """What is known of a layer, for reports and for comparing its output."""
        record: dict[str, Attribute] = {
            "name": StringAttr(layer.sym_name.data),
            "symbol": StringAttr(symbol),
            **layer.info.data,
            **layer.plan.data,
        }
        if layer.stream is not None:
            record["stream"] = layer.stream
        for op in layer.body.walk():
            if isinstance(op, cluster.TransferOperation) and not op.inward:
                out = cluster.root_of(op.outer)
                record["output_address"] = IntegerAttr(places[out], i64)
                record["output_bytes"] = IntegerAttr(cluster.size_of(out.type), i64)
        return DictionaryAttr(record)

    def _write_main(self, names: Sequence[str]) -> None:
        block = Block()
        words = Words(InsertPoint.at_end(block))
        if self.stream is not None:
            core = words.build.insert(micro.CoreIdOp()).result
            first = words.compare("eq", core, words.const(0))
            words.when(first, lambda: words.call("stream_reset", []))
        for name in names:
            words.call(name, [])
        words.build.insert(func.ReturnOp())
        new = func.FuncOp(self.main.sym_name.data, ([], []), Region(block))
        new.attributes |= {**self.main.attributes, OVERWRITES_ALL: UnitAttr()}
        Rewriter.replace_op(self.main, new, [])

    def _add_runtime(self) -> None:
        target, stream = self.target, self.stream
        functions = [
            runtime.dma_start(target),
            runtime.dma_start_2d(target),
            runtime.dma_wait(target),
            runtime.dma_lines(),
            runtime.dma_long(target),
        ]
        if stream is not None:
            functions += [
                runtime.stream_reset(stream),
                runtime.stream_pump(target, stream),
                runtime.stream_next(target, stream),
            ]
            table = runtime.stream_table(target, stream)
            address = stream.table.value.data
            data = cluster.DataOp(f"{stream.sym_name.data}.table", cluster.Space.L2, table, address)
            Rewriter.replace_op(stream, data, [])
        called = {
            o.callee.root_reference.data for o in self.module.walk() if isinstance(o, func.CallOp)
        }
        pending = True
        while pending:
            pending = False
            for function in list(functions):
                if function.sym_name.data in called:
                    functions.remove(function)
                    self.module.body.block.add_op(function)
                    called |= {
                        o.callee.root_reference.data
                        for o in function.walk()
                        if isinstance(o, func.CallOp)
                    }
                    pending = True


def layer_symbol(number: int, name: str) -> str:
    """The symbol of a layer's function: letters, digits and underscores of its name."""
    return f"layer_{number:02d}_{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_')}"


def _boundary(attributes: ArrayAttr[DictionaryAttr] | None, what: str) -> ArrayAttr[Attribute]:
    """`nmc.inputs` or `nmc.outputs` from the attribute dictionaries of @main."""
    rows: list[Attribute] = []
    for index, entry in enumerate(() if attributes is None else attributes.data):
        known = {key.removeprefix("nmc."): value for key, value in entry.data.items()}
        kind = known.pop("type", None)
        known.setdefault("name", StringAttr(f"{what}{index}"))
        if isinstance(kind, TensorType):
            tensor = cast("TensorType[Attribute]", kind)
            unsigned = integer_range(tensor) == (0, 255)
            known["shape"] = DenseArrayBase.from_list(i64, tensor.get_shape())
            known["dtype"] = StringAttr("uint8" if unsigned else "int8")
        rows.append(DictionaryAttr(known))
    return ArrayAttr(rows)
