"""Measures code on the simulated machine with the cycle counter."""

from nmc.targets import Target
from tests.sim.bare import BareRun, run_bare


def measure(
    code: str, setup: str = "", cores: int = 1, target: Target | None = None, rounds: int = 2
) -> tuple[int, BareRun]:
    """Cycles of `code` on core 0, caches warm: the last of several rounds.

    Registers s8 to s10 are taken. `setup` runs once, before the rounds.
    """
    run = run_bare(
        f"""
        {setup}
            li s10, {rounds}
        .Lround:
            csrr s8, mcycle
        {code}
            csrr s9, mcycle
            addi s10, s10, -1
            bnez s10, .Lround
        """,
        cores=cores,
        target=target,
    )
    # Reading the counter takes a cycle itself.
    return run.register(0, "s9") - run.register(0, "s8") - 1, run
