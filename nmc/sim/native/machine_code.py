"""Machine code from LLVM's instructions, kept for the user."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import llvmlite
import llvmlite.binding

from nmc.errors import NmcError
from nmc.files import cache_directory, write_file

llvm = cast(Any, llvmlite.binding)
_SPEED = 1
"""Of LLVM: more takes half as long again and gains nothing here."""
_DIGEST_BYTES = 32
_NUMBERS = ("layout.py", "ahead_layout.py", "jit.py")


class MachineCode:
    """Compiles modules, each for all of the process's time."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.cpu = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
        self.target = llvm.Target.from_default_triple().create_target_machine(
            cpu=self.cpu[0], features=self.cpu[1], opt=_SPEED, jit=True
        )
        self.jit = llvm.create_lljit_compiler(self.target)
        self.addresses: dict[str, int] = {}
        self.libraries: list[Any] = []

    def address(self, what: str, emit: Callable[[], str], function: str) -> int:
        """Where a function is: of the module of LLVM's instructions that `emit` returns.

        `what` holds everything that the instructions depend on beside this package's source.
        """
        text = "\n".join((what, _source(), *self.cpu, llvmlite.__version__))
        key = hashlib.sha256(text.encode()).hexdigest()[:24]
        if key not in self.addresses:
            library = llvm.JITLibraryBuilder()
            library.add_object_img(self._object(emit, key))
            library.export_symbol(function)
            linked = library.link(self.jit, key)
            self.libraries.append(linked)
            self.addresses[key] = linked[function]
        return self.addresses[key]

    def _object(self, emit: Callable[[], str], key: str) -> bytes:
        path = cache_directory() / "bodies" / key
        kept = _kept(path)
        if kept is not None:
            return kept
        parsed = llvm.parse_assembly(emit())
        options = llvm.create_pipeline_tuning_options(speed_level=_SPEED)
        options.slp_vectorization = True
        passes = llvm.create_pass_builder(self.target, options)
        passes.getModulePassManager().run(parsed, passes)
        code = cast(bytes, self.target.emit_object(parsed))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, hashlib.sha256(code).digest() + code)
        except (OSError, NmcError):
            pass  # it is compiled anew next time
        return code


def _kept(path: Path) -> bytes | None:
    """The object file kept at a path, if it is there and whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    code = content[_DIGEST_BYTES:]
    return code if content[:_DIGEST_BYTES] == hashlib.sha256(code).digest() else None


@cache
def _source() -> str:
    """The text of what emits instructions, and of the numbers it has in common with the engine."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), *(here.parent / name for name in _NUMBERS)]
    return "".join(path.read_text(encoding="utf-8") for path in files)


@cache
def machine_code() -> MachineCode:
    """The process's compiler."""
    return MachineCode()
