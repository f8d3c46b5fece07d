"""When chunks of a weight stream arrive, by hand and against the machine."""

from pathlib import Path

import pytest

import nmc
from nmc.backend.planning.ring import Chunk, plan_ring
from nmc.backend.planning.stream_play import Channel, Play, Visit
from nmc.models.builder import Window
from nmc.models.small import ConvSpec, chain_model
from nmc.targets import target_text

CHANNEL = Channel(latency=10.0, rate=1.0, start=3.0, ask=2.0, poll=0.0)


def test_a_chunk_is_waited_for_in_the_layer_that_asks() -> None:
    play = Play(plan_ring([Chunk(0, 100), Chunk(100, 100)], 1000), CHANNEL)
    # Asked for at 0: asking, starting it, the latency, the bytes; then the second one is started.
    assert play.layer([Visit(0.0, asks=True)]) == 2 + 3 + 10 + 100 + 3
    # Without a look the channel idles, and while the layer computes the second one comes.
    assert play.layer([Visit(0.0)], 500.0) == 0
    assert play.layer([Visit(0.0, asks=True)]) == 2


def test_part_of_a_chunk_comes_while_a_layer_computes() -> None:
    play = Play(plan_ring([Chunk(0, 100)], 1000), CHANNEL)
    # Started at the first look it ends 110 cycles later, and is asked for 70 after that look.
    assert play.layer([Visit(0.0), Visit(70.0)]) == 3
    assert play.layer([Visit(0.0, asks=True)]) == pytest.approx(40)


def test_a_full_ring_waits_for_chunks_to_be_given_back() -> None:
    chunks = [Chunk(100 * i, 100) for i in range(4)]
    wide, narrow = (Play(plan_ring(chunks, size), CHANNEL) for size in (400, 300))
    for play in wide, narrow:
        play.layer([Visit(0.0, asks=True), *(Visit(200.0) for _ in range(3))])
    asks = [Visit(0.0, asks=True) for _ in range(3)]
    assert wide.layer(asks) == 3 * 2
    # The fourth takes the place of the first, which is given back as the third is asked for.
    assert narrow.layer(asks) == 2 * 2 + 3 + 10 + 100


@pytest.fixture(scope="module")
def small_l2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """vega with 448 KiB of L2."""
    text = target_text("vega")[0]
    shared = "base = 0x1C01_0000, bytes = 0x18_0000"
    assert shared in text
    path = tmp_path_factory.mktemp("target") / "small.toml"
    path.write_text(text.replace(shared, "base = 0x1C01_0000, bytes = 0x6_0000"))
    return path


def test_estimates_hold_the_waits_for_weights_from_l3(small_l2: Path) -> None:
    """Weights of 4x4 images take longer to come than to be used; deterministic cycles."""
    specs = [ConvSpec(192, 192, 4, 4, Window.square(3)) for _ in range(4)]
    program = nmc.compile(chain_model(specs), target=str(small_l2))
    result = program.run_random(7, check=True)
    assert result.exact
    waited = {layer.name: layer.stream for layer in program.manifest.layers}
    long = [layer for layer in result.layers if waited[layer.name] > 0.15 * layer.cycles]
    assert len(long) >= 2
    for layer in result.layers:
        if layer.macs:
            assert layer.estimate == pytest.approx(layer.cycles, rel=0.05), layer.name
