"""What an addition costs as a layer of its own, and inside the layer before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from nmc.backend.kernels import KernelSet
from nmc.backend.planning.choose import anonymous
from nmc.backend.planning.cost import Machine
from nmc.backend.planning.describe import engines_of, flat_works, window_work
from nmc.backend.planning.flat_plan import plan_flat
from nmc.backend.planning.window_plan import WindowSearch
from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.targets import Target


@dataclass
class AdditionCost:
    """Estimated cycles of layers, as `select-kernels` will plan them; each geometry once."""

    target: Target
    allowed: KernelSet
    _known: dict[object, int | None] = field(default_factory=dict[object, "int | None"])

    def of_contraction(self, op: qnn.Conv2dOp | qnn.MatmulOp) -> int | None:
        """Of a convolution or product, its addition included; None where it does not fit L1."""
        work = window_work(op)
        assert work is not None
        engines = tuple(engines_of(op, self.target.features, self.allowed))
        key = (anonymous(work), engines)
        if key not in self._known:
            try:
                found = WindowSearch(work, engines, Machine.of(self.target)).best()
            except NmcError:
                self._known[key] = None
            else:
                self._known[key] = found.cycles
        return self._known[key]

    def of_addition(self, op: qnn.AddOp) -> int:
        """Of an addition that is a layer. Raises NmcError where it does not fit L1."""
        (work,) = flat_works(op)
        return plan_flat(work, Machine.of(self.target)).cycles
