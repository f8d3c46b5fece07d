"""LLVM's and GNU's assemblers, where they are installed, to compare ours with."""

import shutil
import subprocess
from pathlib import Path

from nmc.elf import read_elf

_OPTIONS = {
    "llvm-mc": ("-triple=riscv32", "-mattr=+m", "-filetype=obj"),
    "riscv64-unknown-elf-as": ("-march=rv32im_zicsr_zifencei", "-mabi=ilp32"),
}
INSTALLED = [name for name in _OPTIONS if shutil.which(name)]


def assemble_with(name: str, text: str, directory: Path) -> dict[str, bytes]:
    """Section contents of the object file another assembler makes of a text."""
    source, result = directory / "program.s", directory / "program.o"
    source.write_text(text)
    command = [name, *_OPTIONS[name], "-o", str(result), str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The reader wants executables; an object file differs in its type only.
    contents = bytearray(result.read_bytes())
    contents[16] = 2
    return {s.name: s.data or b"" for s in read_elf(bytes(contents)).sections}
