"""What of the machine a compiled program uses: nothing that PULP-open does not have."""

from collections.abc import Generator

import nmc
from nmc.elf import read_elf
from nmc.isa.table import decode
from nmc.models.small import small_model
from nmc.sim.oracle import OracleSimulator
from nmc.sim.oracle.core import Core
from nmc.sim.program import program_code
from nmc.targets import Target, load_target, with_overrides

CORES = 2
Access = tuple[str, str, int]
"""Which kind of core, load or store, the register's address."""


def registers_used(elf: bytes, target: Target) -> set[Access]:
    """The registers a program reads and writes until it ends, observed on the oracle."""
    oracle = OracleSimulator(read_elf(elf), target)
    oracle.start()
    # Only this test watches accesses; a public name would be for it alone.
    peripherals = oracle._machine.bus.peripherals  # pyright: ignore[reportPrivateUsage]
    load, store = peripherals.load, peripherals.store
    seen: set[Access] = set()

    def observed_load(core: Core, address: int) -> Generator[None, None, int | None]:
        seen.add(("cluster" if core.in_cluster else "main", "load", address))
        return (yield from load(core, address))

    def observed_store(core: Core, address: int, value: int) -> Generator[None, None, bool]:
        seen.add(("cluster" if core.in_cluster else "main", "store", address))
        return (yield from store(core, address, value))

    peripherals.load, peripherals.store = observed_load, observed_store
    while oracle.advance(5_000_000) is not None:
        pass
    assert oracle.result().exit_code == 0
    return seen


def test_a_program_without_extension_and_l3_uses_pulp_open_alone() -> None:
    """docs/simulator.md lists these."""
    elf = nmc.compile(small_model("conv"), target="pulp-open", cores=CORES).elf
    target = with_overrides(load_target("pulp-open"), cores=CORES)
    at = target.map
    unit, barrier = at.event_unit, at.event_unit + target.event_unit.barrier
    assert registers_used(elf, target) == {
        *(("main", "store", at.boot_address + 4 * core) for core in range(CORES)),
        ("main", "store", at.icache_enable),
        ("main", "store", at.fetch_enable),
        ("cluster", "store", unit + target.event_unit.mask_or),
        ("cluster", "store", barrier + target.event_unit.trigger_mask),
        ("cluster", "store", barrier + target.event_unit.target_mask),
        ("cluster", "load", barrier + target.event_unit.trigger_wait_clear),
        ("cluster", "load", at.dma),
        ("cluster", "store", at.dma),
        ("cluster", "load", at.dma + 4),
        ("cluster", "store", at.dma + 4),
        ("cluster", "store", at.exit),
    }
    code = program_code(read_elf(elf), target)
    found = [decoded for word in code.words if (decoded := decode(int(word))) is not None]
    assert {row.ext for row, _ in found} <= {"rv32i", "rv32m", "zicsr", "priv"} | {
        row.ext for row, _ in found if row.ext.startswith("xpulp_")
    }
    assert {operands["csr"] for row, operands in found if row.ext == "zicsr"} == {0xF14}
