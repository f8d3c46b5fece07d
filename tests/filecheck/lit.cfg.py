"""lit's configuration: every .mlir file below is a test, its RUN lines name our tools."""

import sys
from pathlib import Path
from typing import Any

import lit.formats

# lit puts the configuration object among the globals of this file.
config: Any = globals()["config"]

config.name = "nmc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = str(Path(__file__).parent)
# Outputs (%t) go to the checkout's ignored build directory, not between the sources.
config.test_exec_root = str(Path(__file__).parents[2] / "build" / "filecheck")
# The tools beside the interpreter that runs lit, whatever else is on the path.
config.environment["PATH"] = f"{Path(sys.executable).parent}:{config.environment['PATH']}"
