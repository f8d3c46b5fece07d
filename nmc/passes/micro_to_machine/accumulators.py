"""Where sums of pixels are while a function is lowered: in four registers, or in the core."""

from collections.abc import Sequence

from xdsl.ir import SSAValue
from xdsl.utils.exceptions import DiagnosticException

# Sums of a value.
PIXELS = 4


class Sums:
    """The values of type `vector<4xi32>`.

    With `held` they are in the core's accumulators, of which there is one set: they must form one
    chain, each used by what comes next.
    """

    def __init__(self, *, held: bool):
        self.held = held
        self.current: SSAValue | None = None
        self._parts: dict[SSAValue, Sequence[SSAValue]] = {}

    @property
    def registers(self) -> int:
        """Registers of a value."""
        return 0 if self.held else PIXELS

    def begin(self, value: SSAValue, registers: Sequence[SSAValue]) -> None:
        """Sums that start anew. Raises DiagnosticException where others are still held."""
        if self.held and self.current is not None:
            raise DiagnosticException(
                "convert-micro-to-machine: sums of pixels start while others are in use; "
                "the core has one set of accumulators: read the others first"
            )
        self.give(value, registers)

    def give(self, value: SSAValue, registers: Sequence[SSAValue]) -> None:
        """Says where a value is."""
        if self.held:
            self.current = value
        else:
            self._parts[value] = registers

    def take(self, value: SSAValue) -> Sequence[SSAValue]:
        """The registers of a value that is used.

        Raises DiagnosticException where the accumulators hold another.
        """
        if not self.held:
            return self._parts[value]
        if self.current is not value:
            raise DiagnosticException(
                "convert-micro-to-machine: sums of pixels are used after the core's "
                "accumulators went on; use each value once, in order"
            )
        self.current = None
        return ()
