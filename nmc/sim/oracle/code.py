"""The program's instructions, decoded one by one when a core comes to them."""

from dataclasses import dataclass
from functools import cached_property

from nmc.isa.compressed import expand, is_compressed
from nmc.isa.table import Instruction, decode
from nmc.sim.oracle.semantics import Semantics, semantics
from nmc.sim.program import ProgramCode


@dataclass(frozen=True, eq=False)
class Decoded:
    """An instruction of the program."""

    row: Instruction
    """Of a compressed instruction: the one it stands for."""
    operands: dict[str, int]
    semantics: Semantics | None
    """None where the table only describes them."""
    bytes: int = 4
    """2 for a compressed instruction."""

    def registers(self, names: tuple[str, ...]) -> frozenset[int]:
        """The registers that operands `names` are, without x0."""
        return frozenset(self.operands[name] for name in names) - {0}

    @cached_property
    def is_jump(self) -> bool:
        """Goes, or may go, elsewhere than to the next instruction."""
        return self.row.timing_class in ("branch", "jal", "jalr")

    @cached_property
    def goes_on(self) -> bool:
        """Ends where a hardware loop can go round; jumps, traps and returns do not."""
        return not self.is_jump and self.row.mnemonic not in ("ecall", "ebreak", "mret")

    @cached_property
    def is_gather(self) -> bool:
        """A load that merges what it reads into its destination: from L1 and L2 only."""
        return self.row.is_load and (self.row.rd_is_source or bool(self.row.state_uses))

    @cached_property
    def reads(self) -> frozenset[int]:
        """Registers it needs when it issues."""
        return self.registers(self.row.early_uses)

    @cached_property
    def loads(self) -> frozenset[int]:
        """Registers written late: from memory, or by a requantisation."""
        late = "rd" in self.row.defs and self.row.writes_late
        return self.registers(("rd",)) if late else frozenset()

    @cached_property
    def computes(self) -> frozenset[int]:
        """Other registers it writes; a link register is there long before it can be used."""
        if self.is_jump:
            return frozenset()
        return self.registers(self.row.defs) - self.loads


class Code:
    """Looks instructions up by address."""

    def __init__(self, words: ProgramCode):
        self.words = words
        self._known: dict[int, Decoded | None] = {}

    def __contains__(self, address: int) -> bool:
        """Whether an instruction can be there."""
        return self.words.contains(address)

    def at(self, address: int) -> Decoded | None:
        """The instruction at an address, None if there is none or an illegal one."""
        if address not in self._known:
            self._known[address] = self._decode(address)
        return self._known[address]

    def _decode(self, address: int) -> Decoded | None:
        if address not in self:
            return None
        word = self._bits(address)
        if self.bytes_at(address) == 2:
            word = expand(word & 0xFFFF) or 0
        found = decode(word)
        if found is None:
            return None
        row, operands = found
        return Decoded(row, operands, semantics(row), self.bytes_at(address))

    def bytes_at(self, address: int) -> int:
        """What an instruction there takes, legal or not."""
        compressed = self.words.compressed and is_compressed(self._bits(address))
        return 2 if compressed else 4

    def is_whole_word(self, address: int) -> bool:
        """Whether an instruction there would be a word of code."""
        return address % 4 == 0 and address in self and self.bytes_at(address) == 4

    def is_astride(self, address: int) -> bool:
        """Whether an instruction there lies in two words."""
        return address % 4 != 0 and self.bytes_at(address) == 4

    def _bits(self, address: int) -> int:
        """The 32 bits from an address on."""
        return int(self.words.raw[(address - self.words.base) // self.words.place_bytes])
