"""A program's manifest and a run of it, made by hand."""

from nmc.measurements import Activity, Counters, Profile, ProfileEntry, Traffic
from nmc.program.manifest import BufferInfo, LayerInfo, Manifest, MemoryInfo, TargetInfo
from nmc.program.result import LayerResult
from nmc.program.saved_run import SavedRun

CORES = 2
L1, L2 = 0x1000_0000, 0x1C00_0000


def layer_info(name: str, macs: int, nonzeros: int, cycles: int) -> LayerInfo:
    return LayerInfo(
        name=name, op="conv2d", shape=(1, 4, 4, 8), macs=macs, nonzeros=nonzeros,
        kernel="dense-4x2", reason="best", tile={}, split=(CORES,), balance=1.0, l1_bytes=1024,
        dma_bytes=512, cycles=cycles, stream=0, timed=0, symbol=f"layer_{name}", output_address=L2,
        output_bytes=128,
    )  # fmt: skip


def layer_result(name: str, macs: int, cycles: int, traffic: Traffic | None) -> LayerResult:
    cores = tuple(Counters(cycles - 60, {"bank": 40, "barrier": 20}) for _ in range(CORES))
    return LayerResult(
        name=name, op="conv2d", kernel="dense-4x2", cycles=cycles, estimate=cycles - 100,
        macs=macs, instructions=CORES * (cycles - 60), dma_bytes=512, l3_bytes=256,
        stalls={"bank": 40 * CORES, "barrier": 20 * CORES}, cores=cores,
        bank_conflicts=(60, 20), traffic=traffic,
    )  # fmt: skip


TRAFFIC = Traffic(200, 100, 250, 50, 300, 150, Counters(20, {"bank": 8}))

MANIFEST = Manifest(
    schema_version=2, nmc_version="0", name="a </script> & <b>", sparsity="keep", kernels="best",
    asm="pulp", inputs=(), outputs=(),
    target=TargetInfo("vega", CORES, 0x2_0000, 0x100_0000, (), ""),
    memories=(
        MemoryInfo("l1", L1, 0x2_0000, 4096, 4096),
        MemoryInfo("l2", L2, 0x20_0000, 0x1_2000, 0x1_2000),
        MemoryInfo("l3", 0x8000_0000, 0x100_0000, 0, 0),
    ),
    buffers=(
        BufferInfo("first.x", "l1", "tile", L1 + 64, 512, (0, 0)),
        BufferInfo("first.out", "l1", "tile", L1 + 1024, 256, (0, 0)),
        BufferInfo("second.x", "l1", "tile", L1 + 64, 128, (1, 1)),
        BufferInfo("first", "l2", "activation", L2 + 0x1_0000, 128, (0, 1)),
        BufferInfo("weights", "l2", "weights", L2 + 0x1_1000, 4096, ()),
    ),
    layers=(layer_info("first", 18432, 144, 900), layer_info("second", 0, 0, 400)),
)  # fmt: skip


def a_run(profile: bool = True) -> SavedRun:
    """1,600 cycles, of which 100 are before the first layer."""
    traffic = TRAFFIC if profile else None
    layers = (layer_result("first", 18432, 1000, traffic), layer_result("second", 0, 500, traffic))
    activity = Activity(
        bin_cycles=500,
        waiting=((100, 0, 0, 50), (0, 0, 0, 100)),
        stalled=((100, 0, 250, 0), (0, 50, 0, 0)),
        dma_in=(200, 0, 0, 0),
        dma_out=(0, 0, 0, 100),
        l3=(0, 500, 0, 0),
    )
    function = ProfileEntry(
        "kernel<1>", "kernel<1>", L2, 2400, 2000, (1200, 1200, 0), (1000, 1000, 0), {}
    )
    found = Profile((function,), (), TRAFFIC, activity) if profile else None
    return SavedRun(
        schema_version=1, nmc_version="0", program="0", input="random:7", cycles=1600,
        instructions=2760, macs=18432, layers=layers, cores=(), bank_conflicts=(120, 40),
        profile=found,
    )  # fmt: skip
