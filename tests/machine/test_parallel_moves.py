"""Parallel copies become sequences that copy in parallel."""

from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects import test
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import SSAValue

from nmc.backend.machine.parallel_moves import sequence_moves
from nmc.backend.machine.registers import TYPES, number_of


def check(sources: dict[int, int]) -> int:
    """Sequence `target <- source` copies, run them; returns the number of instructions."""
    values: dict[int, SSAValue] = {
        number: test.TestOp(result_types=[TYPES[number]]).results[0]
        for number in set(sources.values())
    }
    moves = {target: (source, values[source]) for target, source in sources.items()}
    sequenced = sequence_moves(moves)
    registers = {number: 1000 + number for number in range(32)}
    for op in sequenced.operations:
        read = [registers[number_of(value.type) or 0] for value in op.operands]
        result = read[0] if isinstance(op, riscv.MVOp) else read[0] ^ read[1]
        registers[number_of(op.results[0].type) or 0] = result
    for target, source in sources.items():
        assert registers[target] == 1000 + source
        assert number_of(sequenced.values[target].type) == target
    untouched = set(range(32)) - set(sources)
    assert all(registers[number] == 1000 + number for number in untouched)
    return len(sequenced.operations)


@given(st.dictionaries(st.integers(5, 14), st.integers(5, 14)))
def test_any_parallel_copy(sources: dict[int, int]):
    check(sources)


def test_chains_need_one_move_each_and_circles_three_fewer_than_twice():
    assert check({5: 6, 6: 7, 7: 8}) == 3
    assert check({5: 5}) == 0
    assert check({5: 6, 6: 5}) == 3
    assert check({5: 6, 6: 7, 7: 5}) == 6
