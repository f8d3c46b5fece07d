"""make demo: ResNet18 dense and 1:8, compiled, run, checked, beside the published figures."""

import shutil
import sys
import time
from pathlib import Path

from benchmarks.commands import measure
from benchmarks.tables import print_layers, print_measurements

VARIANTS = (("dense", "none"), ("1:8", "none"), ("1:8", "xnm"))


def main() -> int:
    """Run the demonstration in build/demo; 1 if any result differs from the reference."""
    begin = time.perf_counter()
    directory = Path("build/demo")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    print("ResNet18 (CIFAR-100), int8, from ONNX to a simulated cluster of 8 cores.")
    print("The first run also compiles the simulator, once for each user.\n", flush=True)
    measurements = [measure(directory, *variant) for variant in VARIANTS]
    exact = all(m.exact for m in measurements)
    print()
    print_layers("cycles of each layer, as simulated", measurements[0], measurements[-1])
    print()
    print_measurements("one inference on 8 cores, weights from L3", measurements)
    print(
        f"\n{'every' if exact else 'NOT every'} output bit equals the reference's; "
        f"{time.perf_counter() - begin:.0f} s in all; the programs are in {directory}:"
    )
    print(f"  .venv/bin/nmc report {directory}/r18-1-8-seed0-xnm")
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
