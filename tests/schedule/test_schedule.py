"""Every kind of layer through every scheduling pass, bit for bit, in roomy and tight L1."""

import math
import re
from collections.abc import Callable

import pytest
from xdsl.dialects import scf
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, StringAttr, i64

from nmc.backend.planning.plans import WindowPlan, read_plan
from nmc.backend.planning.window_plan import WindowSearch
from nmc.dialects import cluster, tile
from nmc.errors import NmcError
from nmc.passes.scheduling.accesses import OWN_LOOP
from tests.schedule.networks import Network
from tests.schedule.running import SCHEDULE, check, run_passes


def conv(n: Network) -> None:
    n.result = n.conv(n.inputs[0], 20, (3, 3), pads=(1, 1, 1, 1))


def strided(n: Network) -> None:
    x = n.conv(n.inputs[0], 6, (3, 2), strides=(2, 1), pads=(0, 1, 2, 0), dilations=(2, 1))
    n.result = n.conv(x, 9, (1, 1), strides=(1, 2))


def sparse(n: Network) -> None:
    x = n.conv(n.inputs[0], 16, (3, 3), pads=(1, 1, 1, 1), pattern=(1, 8))
    n.result = n.conv(x, 7, (3, 1), pattern=(1, 4))


def pointwise(n: Network) -> None:
    # Padding at the far ends makes the output larger: the input cannot be read directly.
    n.result = n.conv(n.conv(n.inputs[0], 12, (1, 1)), 5, (1, 1), pads=(0, 0, 1, 1))


def depthwise(n: Network) -> None:
    x = n.conv(n.inputs[0], 12, (3, 3), pads=(1, 1, 1, 1), depthwise=True)
    n.result = n.conv(x, 24, (2, 2), depthwise=True)


def pools(n: Network) -> None:
    x = n.max_pool(n.inputs[0], (3, 3), (2, 2), pad=1)
    x = n.average(x, (2, 2), pad=1)
    _, height, width, _ = n.shape(x)
    n.result = n.average(x, (height, width))


def elementwise(n: Network) -> None:
    n.result = n.sum(n.requantize(n.inputs[0]), n.inputs[0])


def functions(n: Network) -> None:
    n.result = n.lookup(n.lookup(n.requantize(n.inputs[0])))


def rows(n: Network) -> None:
    x = n.reshape(n.softmax(n.layer_norm(n.inputs[0])), 1, 21, 36)
    n.result = n.softmax(n.reshape(n.layer_norm(x), 1, 4, 189))


def head(n: Network) -> None:
    x = n.reshape(n.inputs[0], 1, 9 * 7 * 12)
    n.result = n.matmul(x, 10, zero_point=2)


def movement(n: Network) -> None:
    x = n.requantize(n.inputs[0])
    x = n.concat(3, x, x, x)
    x = n.transpose(x, 0, 3, 1, 2)
    x = n.transpose(x, 1, 3, 0, 2)
    n.result = n.pad(x, [1, 0, 0, 2], [0, 1, 0, 1])


def frames(n: Network) -> None:
    n.result = n.pad(n.inputs[0], [0, 2, 1, 0], [0, 0, 3, 0])


def products(n: Network) -> None:
    a = n.reshape(n.inputs[0], 2, 21, 18)
    b = n.reshape(n.requantize(n.inputs[0]), 2, 21, 18)
    c = n.product(a, b, transposed=True)
    n.result = n.product(n.requantize(c), n.slice(a, [0] * 3, [2, 21, 17], [1] * 3), zeros=(4, 0))


def parts(n: Network) -> None:
    a = n.requantize(n.inputs[0])
    x = n.slice(a, [0, 2, 0, 1], [1, 7, 7, 10], [1, 1, 1, 1])
    y = n.slice(a, [0, 1, 0, 2], [1, 4, 4, 5], [1, 2, 2, 2])
    z = n.slice(n.reshape(a, 756), [5], [700], [1])
    n.result = n.concat(0, n.slice(z, [0], [420], [1]), n.reshape(x, 490), n.reshape(y, 80))


KINDS = (
    conv,
    strided,
    sparse,
    pointwise,
    depthwise,
    pools,
    elementwise,
    functions,
    rows,
    head,
    movement,
    frames,
    parts,
    products,
)


def build(kind: Callable[[Network], None], cores: int, beside: int, unsigned: bool) -> ModuleOp:
    """A network with `beside` bytes of L1 beside the stacks."""
    n = Network((1, 9, 7, 12), unsigned=unsigned, seed=cores)
    kind(n)
    l1 = (beside + 512 * cores + 63) // 64 * 64
    return n.module(
        n.result,
        cores=IntegerAttr(cores, i64),
        l1=IntegerAttr(l1, i64),
        features=ArrayAttr([StringAttr("xnm")]),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("cores", "beside", "unsigned"),
    [(1, 65536, False), (8, 65536, True), (3, 3000, False), (5, 2600, True), (16, 4096, False)],
)
def test_every_stage_agrees(
    kind: Callable[[Network], None], cores: int, beside: int, unsigned: bool
) -> None:
    module = check(build(kind, cores, beside, unsigned))
    for layer in (op for op in module.walk() if isinstance(op, cluster.LayerOp)):
        assert layer.core_count == cores


@pytest.mark.parametrize(
    ("cores", "beside"), [(1, 65536), (8, 65536), (8, 12000), (3, 9000), (5, 6500)]
)
def test_strips_of_interleaved_pixels(cores: int, beside: int) -> None:
    """Two strips, one, several rows in a group, a ragged last group, groups that share no line."""
    n = Network((1, 7, 32, 16), seed=cores)
    x = n.conv(n.inputs[0], 8, (3, 3), pads=(1, 1, 1, 1), pattern=(1, 16))
    x = n.conv(x, 8, (3, 3), strides=(1, 2), pads=(1, 1, 1, 1), pattern=(1, 8))
    x = n.conv(x, 9, (3, 3), strides=(1, 2), pads=(1, 1, 1, 1), pattern=(1, 8))
    x = n.conv(x, 12, (3, 2), dilations=(2, 1), pads=(2, 0, 2, 1), pattern=(1, 4))
    x = n.conv(x, 5, (1, 1), strides=(2, 2), pattern=(1, 4))
    module = n.module(
        x, cores=IntegerAttr(cores, i64), l1=IntegerAttr((beside + 512 * cores) // 64 * 64, i64)
    )
    kernels = "select-kernels{kernels=pair}"
    stages = [stage.replace("select-kernels", kernels) for stage in SCHEDULE]
    module = check(module, stages)
    assert sum(isinstance(op, tile.InterleaveOp) for op in module.walk()) >= 5
    contractions = [op for op in module.walk() if isinstance(op, tile.ContractOp)]
    assert all(op.kernel.data.startswith("pair") for op in contractions)


@pytest.mark.parametrize(
    ("cores", "beside", "parallel"), [(1, 65536, 1), (4, 9000, 4), (2, 16000, 5), (3, 30000, 8)]
)
def test_bands_of_rows(cores: int, beside: int, parallel: int) -> None:
    """One band, several, strided ones, and tiles whose cores are not those of the plan."""
    n = Network((1, 16, 11, 16), seed=cores)
    x = n.conv(n.inputs[0], 24, (3, 3), pads=(1, 1, 1, 1))
    x = n.conv(x, 9, (3, 2), pads=(1, 0, 1, 1))
    x = n.conv(n.conv(x, 16, (1, 1)), 20, (3, 3), strides=(2, 1), pads=(1, 1, 1, 1))
    module = n.module(
        x, cores=IntegerAttr(cores, i64), l1=IntegerAttr((beside + 512 * cores) // 64 * 64, i64)
    )
    stages = [
        stage.replace("parallelize", f"parallelize{{cores={parallel}}}") for stage in SCHEDULE
    ]
    module = check(module, stages)
    assert any(isinstance(op, tile.ContractOp) and op.beside for op in module.walk())


@pytest.mark.parametrize(("cores", "beside"), [(1, 65536), (8, 9000), (4, 6000), (3, 30000)])
def test_outputs_leave_with_each_tile_of_records(
    cores: int, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of the plans that do so: sparse and dense, gathered and read as they lie."""
    best = WindowSearch.best

    def best_apart(search: WindowSearch, price: float = 0.0, rate: float = math.inf) -> WindowPlan:
        search.scored = [item for item in search.scored if item[1].apart]
        return best(search, price, rate)

    monkeypatch.setattr(WindowSearch, "best", best_apart)
    n = Network((1, 37, 1, 48), seed=cores)
    x = n.conv(n.inputs[0], 40, (1, 1), pattern=(1, 8))
    x = n.conv(x, 33, (1, 1))
    x = n.conv(x, 20, (3, 1), pads=(1, 0, 1, 0))
    module = n.module(
        x, cores=IntegerAttr(cores, i64), l1=IntegerAttr((beside + 512 * cores) // 64 * 64, i64)
    )
    module = check(module)
    layers = [op for op in module.walk() if isinstance(op, cluster.LayerOp)]
    plans = [read_plan(layer.plan, layer.sym_name.data) for layer in layers]
    assert [isinstance(plan, WindowPlan) and plan.apart for plan in plans] == [True] * 3


CORES_AND_ROWS = [(1, 1, 1), (8, 8, 1), (4, 3, 5), (3, 3, 1), (2, 8, 2)]
"""Cores of the plan, cores that run it, rows."""


@pytest.mark.parametrize(
    ("how", "cores", "parallel", "rows"),
    [
        *((how, *cores) for how in ("lead", "ahead") for cores in CORES_AND_ROWS),
        *(("loads_own", *cores) for cores in CORES_AND_ROWS if cores[0] > 1),
        ("loads_own", 16, 16, 1),
    ],
)
def test_tiles_of_records_that_grow_or_come_two_ahead(
    cores: int, parallel: int, rows: int, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of the plans that do so: sparse and dense, on other cores than the plan's too.

    All cores together, or each its own tiles.
    """
    best = WindowSearch.best

    def best_of_these(
        search: WindowSearch, price: float = 0.0, rate: float = math.inf, *, resident: bool = True
    ) -> WindowPlan:
        own = how == "loads_own"
        search.scored = [
            item for item in search.scored if getattr(item[1], how) and item[1].loads_own == own
        ]
        return best(search, price, rate, resident=resident)

    monkeypatch.setattr(WindowSearch, "best", best_of_these)
    monkeypatch.setattr("nmc.backend.planning.window_plan.AHEAD_BYTES", 1)
    monkeypatch.setattr("nmc.backend.planning.window_plan.OWN_LOADING", math.inf)
    n = Network((1, rows, 1, 48), seed=cores)
    x = n.conv(n.inputs[0], 132, (1, 1), pattern=(1, 8))
    x = n.conv(x, 97, (1, 1))
    module = n.module(x, cores=IntegerAttr(cores, i64), l1=IntegerAttr(65536, i64))
    stages = [
        stage.replace("parallelize", f"parallelize{{cores={parallel}}}") for stage in SCHEDULE
    ]
    module = check(module, stages)
    layers = [op for op in module.walk() if isinstance(op, cluster.LayerOp)]
    plans = [read_plan(layer.plan, layer.sym_name.data) for layer in layers]
    if how == "loads_own":
        loops = [
            op for op in module.walk() if isinstance(op, scf.ForOp) and OWN_LOOP in op.attributes
        ]
        assert [isinstance(plan, WindowPlan) and plan.private for plan in plans].count(True) == len(
            loops
        )
        assert loops or cores != parallel
    else:
        assert [bool(getattr(plan, how)) for plan in plans] == [True] * 2


@pytest.mark.parametrize(
    ("cores", "beside", "parallel", "mask_rows"),
    [(1, 65536, 1, 0), (8, 65536, 8, 30), (4, 7024, 5, 1), (3, 3624, 2, 0), (3, 4024, 2, 30)],
)
def test_attention(cores: int, beside: int, parallel: int, mask_rows: int) -> None:
    """All rows at once, or some; on other cores than those of the plan; with masks and without."""
    n = Network((1, 30, 72), (1, 1, max(1, mask_rows), 30), seed=cores)
    x, mask = n.inputs
    x = n.attention(x, 3, rescaled=cores > 3, mask=mask if mask_rows else None)
    module = n.module(
        x, cores=IntegerAttr(cores, i64), l1=IntegerAttr((beside + 512 * cores) // 64 * 64, i64)
    )
    fused = f"fuse-attention,{SCHEDULE[0]}"
    stages = [fused, SCHEDULE[1], f"parallelize{{cores={parallel}}}", *SCHEDULE[3:]]
    module = check(module, stages)
    assert sum(isinstance(op, cluster.LayerOp) for op in module.walk()) == 1


@pytest.mark.parametrize("kind", [conv, depthwise])
@pytest.mark.parametrize("cores", [1, 2, 3, 5, 16])
def test_tiled_text_runs_on_another_number_of_cores(
    cores: int, kind: Callable[[Network], None]
) -> None:
    """As `nmc-opt tiled.mlir -p 'parallelize{cores=4},plan-memory'` does, without buffers."""
    module = build(kind, 8, 16384, False)
    check(
        module,
        ("select-kernels,pack-weights,tile", f"parallelize{{cores={cores}}}", "plan-memory"),
    )


@pytest.mark.parametrize("kernel", ["dense-4x4", "dense-1x2", "decimate-1x2-1:8"])
def test_a_kernel_can_be_forced_where_it_is_legal(kernel: str) -> None:
    module = build(sparse, 4, 65536, False)
    run_passes(module, f"select-kernels{{kernels={kernel}}}")
    text = str(module)
    assert f'kernel = "{kernel}"' in text
    check(
        build(sparse, 4, 65536, False), (f"select-kernels{{kernels={kernel}}},pack-weights,tile",)
    )


def test_an_unknown_kernel_is_refused() -> None:
    with pytest.raises(NmcError, match="kernel 'dense-9x9' is unknown; did you mean 'dense-4x"):
        run_passes(build(conv, 4, 65536, False), "select-kernels{kernels=dense-9x9}")


def test_too_little_l1_names_the_layer_and_the_bytes() -> None:
    with pytest.raises(NmcError, match=r"layer conv1: its smallest tile needs \d+ bytes more"):
        run_passes(build(conv, 4, 400, False), "select-kernels")


@pytest.mark.parametrize("kernels", ["best", "paper"])
@pytest.mark.parametrize(
    ("shape", "outputs", "kernel"),
    # Eleven records of four channels; seven and thirteen rows.
    [((1, 1, 1, 42), 44, (5, 5)), ((1, 7, 9, 20), 20, (3, 3)), ((1, 13, 7, 16), 52, (3, 3))],
)
@pytest.mark.parametrize("cores", [1, 3, 8])
def test_the_bytes_that_are_missing_are_enough(
    cores: int, shape: tuple[int, ...], outputs: int, kernel: tuple[int, int], kernels: str
) -> None:
    """However many records and rows there are, they can be taken one by one."""

    def plan(l1: int) -> None:
        n = Network(shape)
        pad = kernel[0] // 2
        n.result = n.conv(n.inputs[0], outputs, kernel, pads=(pad, pad, pad, pad))
        given = {"l1": IntegerAttr(l1, i64), "cores": IntegerAttr(cores, i64)}
        run_passes(n.module(n.result, **given), f"select-kernels{{kernels={kernels}}}")

    least = 512 * cores + 256
    with pytest.raises(NmcError, match="its smallest tile needs") as refused:
        plan(least)
    missing = re.search(r"needs (\d+) bytes more", str(refused.value))
    assert missing is not None
    plan(least + -(-int(missing[1]) // 64) * 64)


@pytest.mark.parametrize("room", [60_000, 90_000, 130_000])
@pytest.mark.parametrize("pattern", [None, (1, 8)])
def test_weights_stream_from_l3(room: int, pattern: tuple[int, int] | None) -> None:
    n = Network((1, 6, 6, 32))
    x = n.inputs[0]
    for outputs in (48, 64, 96):
        x = n.conv(x, outputs, (3, 3), pads=(1, 1, 1, 1), pattern=pattern)
    module = n.module(x, l1=IntegerAttr(32768, i64), cores=IntegerAttr(4, i64))
    plan = f"plan-memory{{l2={65536 + room}}}"
    stages = [stage if stage != "plan-memory" else plan for stage in SCHEDULE]
    module = check(module, stages)
    streams = [op for op in module.ops if isinstance(op, cluster.StreamOp)]
    space = {op.space.data for op in module.ops if isinstance(op, cluster.DataOp)}
    assert bool(streams) == (cluster.Space.L3 in space)


def test_tables_and_gains_stream_from_l3() -> None:
    n = Network((1, 6, 300))
    for _ in range(4):
        n.result = n.lookup(n.layer_norm(n.result))
    n.result = n.softmax(n.result)
    module = n.module(n.result, l1=IntegerAttr(32768, i64), cores=IntegerAttr(4, i64))
    # Beside 4 KB of activations there is less room than the 11.6 KB of constants.
    plan = f"plan-memory{{l2={65536 + 13000}}}"
    module = check(module, [stage if stage != "plan-memory" else plan for stage in SCHEDULE])
    streamed = {
        op.sym_name.data
        for op in module.ops
        if isinstance(op, cluster.DataOp) and op.space.data is cluster.Space.L3
    }
    assert any(name.startswith("norm") for name in streamed)
    assert any(name.startswith(("lookup", "softmax")) for name in streamed)


def test_too_little_l2_for_a_ring() -> None:
    n = Network((1, 6, 6, 32))
    x = n.conv(n.inputs[0], 64, (3, 3), pads=(1, 1, 1, 1))
    module = n.module(x)
    run_passes(module, "select-kernels,pack-weights,tile,parallelize")
    with pytest.raises(NmcError, match=r"layer conv1: a ring in L2 for its weights needs \d+"):
        run_passes(module, f"plan-memory{{l2={65536 + 6000}}}")
