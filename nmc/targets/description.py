"""What a target description holds, as frozen dataclasses; bytes and cycles throughout.

The classes mirror the tables of a target's TOML file one to one (see `vega.toml`). Every decision
of the compiler and every latency of the simulator comes from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """A contiguous memory at a physical address."""

    name: str
    base: int
    bytes: int

    @property
    def end(self) -> int:
        """The first address behind the region."""
        return self.base + self.bytes


@dataclass(frozen=True)
class Cluster:
    """The cores that compute."""

    cores: int
    id: int
    """`mhartid` is `id << 5 | core`."""
    stack_bytes: int
    """Bytes of L1 reserved for each core's stack."""


@dataclass(frozen=True)
class FabricController:
    """The main core: boots the cluster, then sleeps."""

    hart: int


@dataclass(frozen=True)
class L1:
    """The cluster's banked scratchpad, word-interleaved over its banks."""

    base: int
    bytes: int
    banks: int

    @property
    def end(self) -> int:
        return self.base + self.bytes


@dataclass(frozen=True)
class L2:
    """On-chip memory behind the cluster bus."""

    regions: tuple[Region, ...]
    """In address order, contiguous."""
    bytes_per_cycle: int
    """Bandwidth shared by everything that reads or writes L2."""
    code_bytes: int
    """Reserved for code from the base of L2 on; plans put their data behind it."""

    @property
    def base(self) -> int:
        return self.regions[0].base

    @property
    def bytes(self) -> int:
        return sum(region.bytes for region in self.regions)

    @property
    def end(self) -> int:
        return self.regions[-1].end


@dataclass(frozen=True)
class L3:
    """External memory. The loader sees it at `base`; programs reach it through the L3 channel."""

    base: int
    bytes: int
    latency: int
    """Cycles before the first byte of a transfer."""
    bytes_per_cycle: float

    @property
    def end(self) -> int:
        return self.base + self.bytes


@dataclass(frozen=True)
class Dma:
    """The cluster's DMA engine (mchan)."""

    ports: int
    port_bytes: int
    """Bytes each port moves per cycle to or from L1."""
    burst_bytes: int
    outstanding: int
    """Bursts in flight."""
    ids: int
    """Transfers that can be allocated at once."""
    max_bytes: int
    """Longest transfer of one command."""
    setup: int
    """Cycles a core spends programming a transfer."""
    startup: int
    """Cycles from the command to the first byte, completion included."""
    burst_out: int
    """Extra cycles for each burst from L1 to L2."""
    line: int
    """Least cycles for each line of a two-dimensional transfer."""

    @property
    def bytes_per_cycle(self) -> int:
        return self.ports * self.port_bytes

    def latency(self, inward: bool) -> int:
        """Cycles from the command until the first beat asks for L1: of the start-up time what is
        not programming, nor what passes from the last beat until a program sees the end.

        The latter is found from measured totals (docs/simulator.md): the first beat into L1 moves 3
        cycles after the command, the first one out of L1 is asked for 1 cycle after it.
        """
        return max(1, self.startup - self.setup - (8 if inward else 10))


@dataclass(frozen=True)
class Timing:
    """Issue cycles by timing class (`nmc.isa.table.Instruction.timing_class`) and the stalls."""

    alu: int
    mul: int
    mulh: int
    div: int
    """Plus the leading zeros of the divisor."""
    div_by_zero: int
    load: int
    store: int
    misaligned: int
    """Extra for a load or store that crosses a word boundary."""
    load_use: int
    """Stall when the next instruction reads the loaded register."""
    branch: int
    """Not taken."""
    branch_taken: int
    jal: int
    jalr: int
    jalr_after_alu: int
    """Stall when the preceding instruction wrote the jump's rs1."""
    jalr_after_load: int
    astride_target: int
    """Extra for a jump or taken branch to a 32-bit instruction astride a word boundary."""
    hwloop: int
    hwloop_iteration: int
    csr: int
    fence: int
    accumulate: int
    """Stages behind a gather's that write accumulators: what reads them right behind stalls as
    long, less a cycle for each instruction between."""
    requantise: int
    """Issue cycles of the requantisation of an accumulator."""
    l2_access: int
    """A core's load or store to L2, in all."""
    event_unit_access: int
    peripheral_access: int
    barrier: int
    """The event load of the last core to arrive, in all."""


@dataclass(frozen=True)
class PrivateCache:
    """A core's own instruction cache."""

    bytes: int
    ways: int


@dataclass(frozen=True)
class SharedCache:
    """The instruction cache behind the private ones."""

    bytes: int
    ways: int
    banks: int


@dataclass(frozen=True)
class InstructionCache:
    """Two levels, LRU, no prefetch."""

    line_bytes: int
    private: PrivateCache
    shared: SharedCache
    shared_hit: int
    """Extra cycles of a private miss that hits the shared level."""
    miss: int
    """Extra cycles of a miss to L2."""


@dataclass(frozen=True)
class MemoryMap:
    """Addresses of peripheral registers."""

    fetch_enable: int
    boot_address: int
    """Of core 0; core i is at + 4*i."""
    icache_enable: int
    event_unit: int
    dma: int
    l3_channel: int
    exit: int
    putchar: int


@dataclass(frozen=True)
class EventUnit:
    """Register offsets in a core's private view of the event unit, and event bits."""

    mask_or: int
    wait_clear: int
    barrier: int
    """Of barrier 0; barrier i is at + barrier_stride*i."""
    barrier_stride: int
    barriers: int
    trigger_mask: int
    """In a barrier: cores that trigger it."""
    target_mask: int
    """In a barrier: cores it notifies."""
    trigger_wait_clear: int
    """In a barrier: trigger, wait and clear."""
    dma_event: int
    """Bit number."""
    l3_event: int
    barrier_event: int


@dataclass(frozen=True)
class L3Channel:
    """Register offsets of the L3 channel."""

    l3_offset: int
    l2_address: int
    length: int
    """Writing it starts the transfer; bit `to_l3_bit` gives the direction."""
    busy: int
    to_l3_bit: int


@dataclass(frozen=True)
class Target:
    """A machine the compiler generates code for and the simulator simulates."""

    name: str
    description: str
    features: tuple[str, ...]
    """Instruction set extensions present, sorted (`nmc.targets.checks.KNOWN_FEATURES`)."""
    cluster: Cluster
    fabric_controller: FabricController
    l1: L1
    l2: L2
    l3: L3
    dma: Dma
    timing: Timing
    icache: InstructionCache
    map: MemoryMap
    event_unit: EventUnit
    l3_channel: L3Channel

    @property
    def cores(self) -> int:
        return self.cluster.cores

    @property
    def stack_bytes(self) -> int:
        """Bytes of L1 reserved for one core's stack."""
        return self.cluster.stack_bytes

    def has(self, feature: str) -> bool:
        """Whether an instruction set extension is present."""
        return feature in self.features
