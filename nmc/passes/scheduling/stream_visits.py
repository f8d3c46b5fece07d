"""When core 0 looks after the weight stream in a layer, by running the layer's loops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.ir import Block, SSAValue

from nmc.backend.planning.stream_play import Visit
from nmc.dialects import cluster
from nmc.passes.scheduling.stream_order import carry, evaluate

LOOK, ASK, WORK = range(3)


@dataclass
class _Walk:
    """What core 0 meets, in order: looks, chunks it asks for, and work between them."""

    known: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    met: list[int] = field(default_factory=list[int])

    def block(self, block: Block) -> None:
        for op in block.ops:
            match op:
                case cluster.CoreIdOp():
                    self.known[op.result] = 0
                case cluster.ShareOp():
                    self.share(op)
                case cluster.StreamPumpOp():
                    self.met.append(LOOK)
                case cluster.StreamNextOp():
                    self.met.append(ASK)
                case cluster.MasterOp():
                    self.block(op.body.block)
                case scf.ForOp():
                    self.loop(op)
                case scf.IfOp():
                    region = op.true_region if self.known.get(op.cond, 1) else op.false_region
                    for inner in region.blocks:
                        self.block(inner)
                case _:
                    evaluate(op, self.known)

    def share(self, op: cluster.ShareOp) -> None:
        total, part = self.known.get(op.total), self.known.get(op.part)
        if total is not None and part is not None:
            found = cluster.share_of(total, part, op.parts.value.data, op.step.value.data)
            self.known[op.lower], self.known[op.upper] = found

    def counts(self, op: scf.ForOp) -> Iterable[int | None]:
        """The values a loop counts through; one None where the program alone knows them."""
        low, high, step = (self.known.get(value) for value in (op.lb, op.ub, op.step))
        if low is None or high is None or not step:
            return (None,)
        return range(low, high, step)

    def loop(self, op: scf.ForOp) -> None:
        """The iterations of a loop, one where their number is known to the program alone."""
        body = op.body.block
        innermost = not any(isinstance(inner, scf.ForOp) for inner in body.walk())
        last = body.last_op
        assert last is not None
        carry(body.args[1:], op.iter_args, self.known)
        for value in self.counts(op):
            if value is not None:
                self.known[body.args[0]] = value
            self.block(body)
            carry(body.args[1:], last.operands, self.known)
            if innermost:
                self.met.append(WORK)


def visits_of(layer: cluster.LayerOp, cycles: float) -> tuple[list[Visit], float]:
    """(core 0's visits to the stream, cycles behind the last) in a layer of `cycles`.

    The iterations of the innermost loops share the cycles evenly; a layer without loops spends them
    behind its last visit.
    """
    walk = _Walk()
    walk.block(layer.body.block)
    pieces = walk.met.count(WORK)
    if not pieces:
        walk.met.append(WORK)
    share = cycles / max(1, pieces)
    visits: list[Visit] = []
    passed = 0.0
    for what in walk.met:
        if what == WORK:
            passed += share
        else:
            visits.append(Visit(passed, what == ASK))
            passed = 0.0
    return visits, passed
