"""Random clusters."""

from dataclasses import replace
from random import Random

from nmc.targets import Target, load_target, with_overrides


def random_target(rng: Random) -> Target:
    """One of the targets as it is, or with other sizes and times; 1 to 16 cores."""
    target = load_target(rng.choice(("vega", "gap9", "pulp-open")))
    cores = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 9, 12, 16))
    target = with_overrides(target, cores=cores, features=("xnm",))
    # All that the programs reach, and quick to compare.
    target = replace(target, l3=replace(target.l3, bytes=0x4000))
    return other_machine(target, rng) if rng.random() < 0.35 else target


def other_machine(target: Target, rng: Random) -> Target:
    """The target with other sizes and times."""
    line = rng.choice((16, 16, 32))
    private_ways, shared_ways = rng.choice((1, 2, 4)), rng.choice((1, 2, 4, 8))
    icache = replace(
        target.icache,
        line_bytes=line,
        private=replace(
            target.icache.private,
            ways=private_ways,
            bytes=line * private_ways * rng.choice((1, 4, 8)),
        ),
        shared=replace(
            target.icache.shared,
            ways=shared_ways,
            bytes=line * shared_ways * rng.choice((2, 8, 32)),
            banks=rng.choice((1, 2, 4)),
        ),
        shared_hit=rng.randrange(1, 6),
        miss=rng.randrange(5, 40),
    )
    timing = replace(
        target.timing,
        mulh=rng.randrange(1, 8),
        misaligned=rng.randrange(1, 4),
        load_use=rng.randrange(3),
        branch_taken=rng.randrange(1, 5),
        jal=rng.randrange(1, 5),
        jalr=rng.randrange(1, 5),
        jalr_after_alu=rng.randrange(3),
        jalr_after_load=rng.randrange(4),
        astride_target=rng.randrange(3),
        accumulate=rng.randrange(4),
        requantise=rng.randrange(1, 4),
        csr=rng.randrange(1, 5),
        fence=rng.randrange(1, 6),
        l2_access=rng.randrange(1, 40),
        event_unit_access=rng.randrange(1, 4),
        peripheral_access=rng.randrange(1, 8),
        barrier=rng.randrange(1, 10),
    )
    dma = replace(
        target.dma,
        ports=rng.choice((1, 2)),
        burst_bytes=rng.choice((16, 64, 256)),
        outstanding=rng.choice((1, 2, 8)),
        ids=rng.choice((4, 16)),
        startup=target.dma.setup + rng.randrange(40),
        burst_out=rng.randrange(3),
        line=rng.randrange(1, 8),
    )
    return replace(
        target,
        l1=replace(target.l1, banks=rng.choice((2, 4, 8, 16, 32))),
        l2=replace(target.l2, bytes_per_cycle=rng.choice((4, 8))),
        l3=replace(
            target.l3,
            latency=rng.randrange(200),
            bytes_per_cycle=rng.choice((0.3, 0.5, 1.0, 4.0, 16.0)),
        ),
        icache=icache,
        timing=timing,
        dma=dma,
    )
