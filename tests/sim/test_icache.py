"""The two levels of instruction cache."""

from tests.sim.bare import run_bare


def straight(instructions: int, rounds: int = 8) -> str:
    """A loop over straight code; s9 - s8 is its last round."""
    body = "addi a1, a1, 1\n" * (instructions - 4)
    return f"""
        .balign 16
        li s10, {rounds}
    .Lround:
        csrr s8, mcycle
        {body}
        csrr s9, mcycle
        addi s10, s10, -1
        beqz s10, .Lout
        j .Lround
    .Lout:
        sub s9, s9, s8
    """


def test_body_that_fits_the_private_level() -> None:
    assert run_bare(straight(100)).register(0, "s9") == 100 - 4 + 1


def test_body_that_exceeds_the_private_level_pays_two_a_line() -> None:
    # Cyclic reuse of more lines than there are ways misses in every set that overflows.
    run = run_bare(straight(256))
    lines = 64
    assert run.register(0, "s9") - 253 in range(2 * lines - 6, 2 * lines + 3)


def test_body_that_exceeds_the_shared_level_goes_to_l2() -> None:
    run = run_bare(straight(2048, rounds=3))
    assert run.register(0, "s9") - 2045 > 17 * 500


def test_first_execution_is_cold() -> None:
    run = run_bare(straight(100, rounds=1))
    lines = 100 * 4 / 16
    assert run.register(0, "s9") - 97 in range(int(18 * (lines - 2)), int(18 * (lines + 2)))


def test_without_the_cache_every_line_is_fetched_from_l2() -> None:
    run = run_bare(straight(32, rounds=4), icache=False)
    assert run.register(0, "s9") - 29 in range(18 * 6, 18 * 10)


def test_other_cores_find_lines_in_the_shared_level() -> None:
    """Eight cores run the same cold code: one pays for L2, the others wait for the same line."""
    run = run_bare(straight(100, rounds=1), cores=8)
    one = run_bare(straight(100, rounds=1), cores=1)
    slowest = max(run.register(core, "s9") for core in range(8))
    assert slowest < 1.5 * one.register(0, "s9")
