"""make demo: ResNet18 dense and 1:8, compiled, run, checked, beside the published figures."""

import shutil
import sys
from pathlib import Path

from benchmarks.calibration import calibrate
from benchmarks.commands import measure, nmc
from benchmarks.tables import print_measurements

VARIANTS = (("dense", "none"), ("1:8", "none"), ("1:8", "xnm"))


def main() -> int:
    """Run the demonstration in build/demo; 1 if any result differs from the reference."""
    directory = Path("build/demo")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    measurements = [measure(directory, *variant) for variant in VARIANTS]
    print()
    print(nmc("report", directory / "r18-1-8-seed0-xnm").output)
    print_measurements("ResNet18, CIFAR-100, one inference on 8 cores", measurements)
    print(calibrate())
    return 0 if all(m.exact for m in measurements) else 1


if __name__ == "__main__":
    sys.exit(main())
