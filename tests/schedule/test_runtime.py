"""What the run-time functions of every program do, as their text says."""

from xdsl.dialects import func, scf

from nmc.dialects.cluster import StreamOp
from nmc.passes.scheduling.runtime import stream_next
from nmc.targets import load_target


def test_the_channel_is_looked_at_once_more_after_a_wait() -> None:
    """A transfer that ends between the loop's two looks must not leave the channel idle."""
    stream = StreamOp(
        "weights",
        ring=(0x1C020000, 64),
        state=0x10000000,
        table=0x1C020040,
        transfers=[(0x80000000, 0x1C020000, 64, 0)],
        chunks=[(0x1C020000, 0)],
    )
    block = stream_next(load_target("vega"), stream).body.block
    waits = [op for op in block.ops if isinstance(op, scf.WhileOp)]
    assert len(waits) == 1
    following = [
        op for op in block.ops if isinstance(op, func.CallOp) and waits[0].is_before_in_block(op)
    ]
    assert [call.callee.root_reference.data for call in following] == ["stream_pump"]
