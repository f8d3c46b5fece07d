"""One layer of the scheduled level as a function on words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, UnitAttr, i32
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.machine.calls import OVERWRITES_ALL
from nmc.backend.static_timing.dma import INCREMENT, TO_L1, TWO_D
from nmc.dialects import cluster, micro
from nmc.errors import NmcError
from nmc.passes.scheduling import runtime
from nmc.passes.scheduling.barriers import inside_own_loop
from nmc.passes.scheduling.constants import constant_index
from nmc.passes.scheduling.mmio import Words
from nmc.passes.scheduling.sinking import sink
from nmc.targets import Target


def unplaced(what: str) -> NmcError:
    return NmcError(f"{what} has no address; run plan-memory before convert-cluster-to-micro")


@dataclass
class LayerFunction:
    """Converts one layer to a function.

    Index values are used as words straight away; `_retype` gives them the type in the end.
    """

    target: Target
    layer: cluster.LayerOp
    places: dict[SSAValue, int]
    words: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    dead: list[Operation] = field(default_factory=list[Operation])

    def convert(self, name: str, record: Attribute) -> func.FuncOp:
        """The function; the layer's body moves into it."""
        block = self.layer.body.block
        self.layer.body.detach_block(block)
        self.first = micro.CoreIdOp()
        self.core = self.first.result
        Rewriter.insert_op(self.first, InsertPoint.at_start(block))
        self._block(block)
        self._retype(block)
        sink(block)
        Words(InsertPoint.at_end(block)).build.insert(func.ReturnOp())
        region = Region()
        region.add_block(block)
        function = func.FuncOp(name, ([], []), region, visibility="private")
        function.attributes["nmc.layer"] = record
        function.attributes[OVERWRITES_ALL] = UnitAttr()
        Rewriter.erase_op(self.layer)
        return function

    def _address(self, buffer: SSAValue) -> SSAValue:
        """The address of a buffer as a word; one outside the layer becomes a constant here."""
        if buffer not in self.words:
            if buffer not in self.places:
                raise unplaced(f"layer {self.layer.sym_name.data}: a buffer")
            top = Words(InsertPoint.after(self.first))
            self.words[buffer] = top.const(self.places[buffer])
        return self.words[buffer]

    def _block(self, block: Block) -> None:
        for op in list(block.ops):
            self._operation(op)

    def _operation(self, op: Operation) -> None:
        words = Words(InsertPoint.before(op))
        match op:
            case cluster.AllocOp():
                if op.address is None:
                    raise unplaced(f"layer {self.layer.sym_name.data}: buffer {op.label.data}")
                self._replace(op, words.const(op.address.value.data))
            case cluster.ViewOp():
                base = self._address(op.source)
                self._replace(op, words.add(base, op.offset))
            case cluster.AddressOp():
                self._replace(op, self._address(op.source))
            case cluster.CoreIdOp():
                self._replace(op, self.core)
            case cluster.ShareOp():
                self._share(op, words)
            case cluster.DmaNoneOp():
                self._replace(op, words.const(0))
            case cluster.BarrierOp():
                self._barrier(words)
                Rewriter.erase_op(op)
            case cluster.CopyOp():
                mask = self._start(op, words)
                if mask is not None:
                    words.call("dma_wait", [mask])
                Rewriter.erase_op(op)
            case cluster.DmaStartOp():
                mask = self._start(op, words)
                self._replace(op, words.const(0) if mask is None else mask)
            case cluster.DmaWaitOp():
                self._wait(op, words)
            case cluster.StreamPumpOp():
                words.call("stream_pump", [])
                Rewriter.erase_op(op)
            case cluster.StreamNextOp():
                self._replace(op, words.call("stream_next", [], [i32])[0])
            case cluster.MasterOp():
                self._master(op, words)
            case _:
                for region in op.regions:
                    for inner in region.blocks:
                        self._block(inner)

    def _replace(self, op: Operation, word: SSAValue) -> None:
        """Put a word in the place of an operation's only result."""
        old = op.results[0]
        if cluster.is_buffer_type(old.type):
            # Other operations still look the buffer up; tile operations take the word itself.
            self.words[old] = word
            word.name_hint = old.name_hint
            for use in list(old.uses):
                if not use.operation.name.startswith("cluster."):
                    use.operation.operands[use.index] = word
            self.dead.append(op)
            return
        old.replace_all_uses_with(word)
        Rewriter.erase_op(op)

    def _share(self, op: cluster.ShareOp, words: Words) -> None:
        """lo = min(total, part * units / parts * step), hi that of the next part.

        Of a part that is surely one of `parts` only the last can end in less than a whole step.
        """
        parts, step = op.parts.value.data, op.step.value.data
        total, part = op.total, op.part
        known = constant_index(op.total)
        if known is not None:
            units = words.const(-(-known // step))
        else:
            units = words.div(words.add(total, words.const(step - 1)), step)
        low = words.build.insert(arith.MuliOp(part, units)).result
        high = words.add(low, units)
        inside = part is self.core and self.layer.core_count <= parts
        for bound, result, ends in ((low, op.lower, False), (high, op.upper, step > 1)):
            place = words.mul(words.div(bound, parts), step)
            if ends or not inside:
                place = words.least(place, total)
            result.replace_all_uses_with(place)
        Rewriter.erase_op(op)

    def _barrier(self, words: Words) -> None:
        unit = self.target.event_unit
        base = words.const(self.target.map.event_unit)
        words.build.insert(micro.EventWaitOp(base, unit.barrier + unit.trigger_wait_clear))

    def _start(self, op: cluster.TransferOperation, words: Words) -> SSAValue | None:
        """Start a transfer; the mask to wait for, None where it is complete already."""
        dma = self.target.dma
        local = _sum(words, self._address(op.local), op.local_offset)
        outer = _sum(words, self._address(op.outer), op.outer_offset)
        command = INCREMENT | (TO_L1 if op.inward else 0)
        length = op.length
        most = cluster.size_of(op.local.type)
        if op.lines is None:
            if most <= dma.max_bytes:
                full = words.add(length, words.const(command))
                if inside_own_loop(op):
                    number = runtime.send_command(words, self.target, (full, local, outer))
                    return words.shift_left(words.const(1), number)
                return words.call("dma_start", [local, outer, full], [i32])[0]
            arguments = [local, outer, words.const(command), length]
            return words.call("dma_long", arguments, [i32])[0]
        lines = op.lines
        stride, pitch = op.strides()
        apart = length if stride is None else words.const(stride)
        if pitch is None and most <= dma.max_bytes:
            return self._two_d(words, local, outer, command, length, lines, apart)
        gap = length if pitch is None else words.const(pitch)
        arguments = [local, outer, words.const(command), length, apart, gap, lines]
        if pitch is None or most > dma.max_bytes or constant_index(op.length) not in (None, pitch):
            words.call("dma_lines", arguments)
            return None

        def one_by_one() -> Sequence[SSAValue]:
            words.call("dma_lines", arguments)
            return [words.const(0)]

        def together() -> Sequence[SSAValue]:
            return [self._two_d(words, local, outer, command, length, lines, apart)]

        same = words.compare("eq", words.word(length), words.const(pitch))
        return words.when(same, together, one_by_one, [i32])[0]

    def _two_d(
        self,
        words: Words,
        local: SSAValue,
        outer: SSAValue,
        command: int,
        length: SSAValue,
        lines: SSAValue,
        stride: SSAValue,
    ) -> SSAValue:
        total = words.build.insert(arith.MuliOp(length, lines)).result
        full = words.add(total, words.const(command | TWO_D))
        return words.call("dma_start_2d", [local, outer, full, length, stride], [i32])[0]

    def _wait(self, op: cluster.DmaWaitOp, words: Words) -> None:
        mask: SSAValue | None = None
        for token in op.tokens:
            mask = token if mask is None else words.bit_or(mask, token)
        if mask is not None and inside_own_loop(op):
            runtime.wait_for(words, self.target, mask)
        elif mask is not None:
            words.call("dma_wait", [mask])
        Rewriter.erase_op(op)

    def _master(self, op: cluster.MasterOp, words: Words) -> None:
        body = op.body.block
        self._block(body)
        last = body.last_op
        assert isinstance(last, cluster.YieldOp)
        values = list(last.values)
        Rewriter.replace_op(last, scf.YieldOp(*values), [])
        first = words.compare("eq", self.core, words.const(0))
        otherwise = Block()
        other = Words(InsertPoint.at_end(otherwise))
        if values:
            other.build.insert(scf.YieldOp(*(other.const(0) for _ in values)))
        types = [i32] * len(values)
        region = Region()
        op.body.detach_block(body)
        region.add_block(body)
        new = scf.IfOp(first, types, region, Region(otherwise) if values else None)
        words.build.insert(new)
        for old, result in zip(op.outputs, new.results, strict=True):
            old.replace_all_uses_with(result)
        Rewriter.erase_op(op)

    def _retype(self, block: Block) -> None:
        """Make index values and tokens words, and drop what has become of buffers."""
        for op in list(block.walk()):
            if isinstance(op, arith.IndexCastOp):
                op.result.replace_all_uses_with(op.input)
                Rewriter.erase_op(op)
        for op in list(block.walk()):
            if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
                if isinstance(op.result.type, IndexType):
                    number = op.value.value.data
                    Rewriter.replace_op(op, arith.ConstantOp(IntegerAttr(number, i32)))
                continue
            for result in list(op.results):
                if _becomes_word(result.type):
                    Rewriter.replace_value_with_new_type(result, i32)
            for region in op.regions:
                for inner in region.blocks:
                    for arg in list(inner.args):
                        if _becomes_word(arg.type):
                            Rewriter.replace_value_with_new_type(arg, i32)
        for op in reversed(self.dead):
            Rewriter.erase_op(op)


def _becomes_word(kind: Attribute) -> bool:
    return isinstance(kind, IndexType | cluster.TokenType)


def _sum(words: Words, base: SSAValue, offset: SSAValue) -> SSAValue:
    return base if constant_index(offset) == 0 else words.add(base, offset)
