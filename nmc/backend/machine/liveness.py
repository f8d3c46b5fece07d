"""Exact liveness of virtual registers over the blocks of a linear function.

Sets are integers with one bit a register: functions have a few thousand registers and about 30 of
them live, and Python's big integers do union and difference of such sets in well under a
microsecond.
"""

from .linear import LinearBlock, LinearFunction


def bits(mask: int) -> list[int]:
    """The positions of the set bits, ascending."""
    found: list[int] = []
    # From the top, so that what is left gets shorter: as fast for long sets as for short ones.
    while mask:
        position = mask.bit_length() - 1
        found.append(position)
        mask ^= 1 << position
    found.reverse()
    return found


def mask_of(registers: tuple[int, ...]) -> int:
    """The set that holds `registers`."""
    mask = 0
    for register in registers:
        mask |= 1 << register
    return mask


def _gen_kill(block: LinearBlock) -> tuple[int, int]:
    gen = kill = 0
    for node in reversed(block.nodes):
        defs = mask_of(node.defs)
        gen = (gen & ~defs) | mask_of(node.uses)
        kill |= defs
    return gen, kill


def solve_liveness(function: LinearFunction) -> None:
    """Fill in `live_out` of every block: iterates backwards until nothing changes."""
    blocks = function.blocks
    effects = [_gen_kill(block) for block in blocks]
    live_in = [0] * len(blocks)
    changed = True
    while changed:
        changed = False
        for index in range(len(blocks) - 1, -1, -1):
            block = blocks[index]
            out = 0
            for successor in block.successors:
                out |= live_in[successor]
            block.live_out = out
            gen, kill = effects[index]
            new = gen | (out & ~kill)
            if new != live_in[index]:
                live_in[index] = new
                changed = True
