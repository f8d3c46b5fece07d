"""The ring: no transfer overwrites a chunk still in use, and none waits for itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.residency import LayerWeights, choose_residency
from nmc.backend.planning.ring import Chunk, given_back, plan_ring, smallest_ring, well_timed_length
from nmc.backend.planning.stream_play import Channel

CHANNEL = Channel(latency=0.0, rate=1.0, start=0.0, ask=0.0, poll=0.0)
LENGTHS = st.lists(st.integers(1, 64).map(lambda n: 4 * n), min_size=1, max_size=40)


def chunks_of(lengths: list[int], most: int) -> list[Chunk]:
    """Chunks one behind the other in L3, in transfers of up to `most` bytes."""
    places = [sum(lengths[:i]) for i in range(len(lengths))]
    return [Chunk(place, length, most) for place, length in zip(places, lengths, strict=True)]


@given(LENGTHS, st.integers(0, 800), st.integers(0, 400))
def test_played_through_every_chunk_arrives_whole(
    lengths: list[int], spare: int, largest: int
) -> None:
    """Play the program: bytes a chunk was given are still there when it is given back."""
    chunks = chunks_of(lengths, largest)
    size = smallest_ring(chunks) + spare
    ring = plan_ring(chunks, size)
    memory: list[int | None] = [None] * size
    started = 0
    transfer_of = ring.transfer_of()
    for chunk, offset in enumerate(ring.offsets):
        while started < len(ring.transfers):
            transfer = ring.transfers[started]
            if transfer.needed > given_back(chunk):
                break
            for byte in range(transfer.length):
                memory[transfer.offset + byte] = transfer.l3 + byte
            started += 1
        assert transfer_of[chunk] < started, "the program would wait for ever"
        # The chunk and the one before it are in use now.
        for held in {max(0, chunk - 1), chunk}:
            place, wanted = ring.offsets[held], chunks[held]
            assert memory[place : place + wanted.length] == list(
                range(wanted.l3, wanted.l3 + wanted.length)
            )
        assert offset + chunks[chunk].length <= size


@given(LENGTHS)
def test_transfers_carry_every_chunk_once_in_order(lengths: list[int]) -> None:
    chunks = chunks_of(lengths, 256)
    ring = plan_ring(chunks, smallest_ring(chunks))
    carried = [c for t in ring.transfers for c in range(t.first, t.last + 1)]
    assert carried == list(range(len(chunks)))
    assert sum(t.length for t in ring.transfers) == sum(lengths)


def test_neighbours_become_one_transfer() -> None:
    ring = plan_ring(chunks_of([64] * 8, 128), 1024)
    # The first ones come alone, as the program waits for them; so do the last ones, as nothing
    # comes in beside what is computed of them.
    assert [(t.first, t.last) for t in ring.transfers] == [
        *((0, 0), (1, 1)),
        *((2, 3), (4, 5)),
        *((6, 6), (7, 7)),
    ]


def test_a_transfer_is_no_longer_than_its_first_chunk_says() -> None:
    chunks = [Chunk(64 * index, 64, 128 if index < 4 else 256) for index in range(16)]
    ring = plan_ring(chunks, 1024)
    assert [t.length for t in ring.transfers][:5] == [64, 64, 128, 256, 256]


def test_a_transfer_ends_just_before_core_0_looks() -> None:
    # 3 chunks of 100 cycles fit 4 looks of 79: 95 %. 1, 2 or 4 chunks leave much more idle.
    assert well_timed_length(100, 79.0, 1.0, 5.0, 400) == 300
    # Twice the rate, half the length in cycles.
    assert well_timed_length(200, 79.0, 2.0, 5.0, 800) == 600


@given(st.integers(1, 5000), st.floats(1, 1e5), st.integers(0, 20000))
def test_a_transfer_is_whole_chunks(chunk: int, period: float, most: int) -> None:
    length = well_timed_length(chunk, period, 1.0, 80.0, most)
    assert length % chunk == 0
    assert chunk <= length <= max(chunk, most)


def test_a_ring_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too small for chunk 1"):
        plan_ring(chunks_of([64, 64], 64), 100)


def weights(name: str, size: int, passes: int, cycles: int) -> LayerWeights:
    """A layer that reads its weights in tiles of a quarter, `passes` times."""
    chunk = size // 4
    chunks = tuple((chunk * i, chunk) for i in range(4)) * passes
    return LayerWeights(name, size, chunks, cycles)


def test_everything_stays_resident_where_it_fits() -> None:
    found = choose_residency([weights("a", 400, 1, 10), weights("b", 400, 3, 10)], 800, CHANNEL)
    assert found is not None
    assert found.streamed == ()


def test_what_is_read_often_stays() -> None:
    layers = [weights("a", 400, 1, 1000), weights("b", 400, 5, 1000), weights("c", 400, 1, 1000)]
    found = choose_residency(layers, 900, CHANNEL)
    assert found is not None
    assert "b" not in found.streamed
    assert found.ring >= 300


def test_no_room_for_a_ring() -> None:
    assert choose_residency([weights("a", 400, 1, 10)], 150, CHANNEL) is None
