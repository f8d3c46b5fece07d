"""A compiled program: in memory, in a directory, and on the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nmc.elf import read_elf
from nmc.errors import NmcError
from nmc.files import new_directory
from nmc.program.arrays import Tensors, random_inputs, to_integers
from nmc.program.check import check_program
from nmc.program.manifest import Manifest
from nmc.program.result import Result
from nmc.program.stage_texts import StageFiles
from nmc.program.tensors import AnyArray

PROGRAM_JSON = "program.json"
ELF_FILE = "program.elf"
ASSEMBLY_FILE = "program.s"
IR_DIRECTORY = "ir"

Input = AnyArray | Mapping[str, AnyArray]


@dataclass(frozen=True)
class Program:
    """What compiling gives.

    manifest: program.json. elf: the bytes of the executable. assembly: its text. stages: the text
    of each stage passed, by file name.
    """

    manifest: Manifest
    elf: bytes
    assembly: str
    stages: Mapping[str, str]

    def run(
        self,
        x: Input,
        *,
        check: bool = False,
        repeat: int = 1,
        profile: bool = False,
        sanitize: bool = False,
    ) -> Result:
        """Run the program on the simulator.

        x: the input in the model's own dtype or as integers; several by name. check: compare every
        bit with the NumPy reference. repeat: how often to run; the measurements are of the last
        run. profile: collect cycles by symbol. sanitize: look for races, reads of what was never
        written and accesses outside the memory plan; `findings` of the result says what there is.

        Raises `NmcError` for an input that does not fit and `ProgramFault` for a program that
        does what the machine does not allow, or whose repetitions differ.
        """
        arrays = x if isinstance(x, Mapping) else {self.manifest.inputs[0].name: x}
        return self.run_integers(
            to_integers(arrays, self.manifest.inputs),
            check=check,
            repeat=repeat,
            profile=profile,
            sanitize=sanitize,
        )

    def run_random(self, seed: int, *, check: bool = False, sanitize: bool = False) -> Result:
        """Run on the inputs `random:SEED` stands for; errors as `run`."""
        inputs = random_inputs(str(seed), self.manifest.inputs)
        return self.run_integers(inputs, check=check, sanitize=sanitize)

    def run_integers(
        self,
        inputs: Tensors,
        *,
        check: bool = False,
        repeat: int = 1,
        profile: bool = False,
        sanitize: bool = False,
    ) -> Result:
        """Run on integer inputs that fit; errors as `run`."""
        # The simulator's compiler takes a second to load, which compiling a model can do without.
        from nmc.program.running import Machine

        machine = Machine(self.manifest, self.elf, profile, sanitize)
        result = machine.run(inputs, repeat)
        if not check:
            return result
        return check_program(self.stages, machine, inputs, result)

    def save(self, directory: str | Path) -> None:
        """Write the program as a directory, whole or not at all; an earlier program is replaced."""
        with new_directory(Path(directory), PROGRAM_JSON) as temporary:
            self.write_files(temporary)

    def write_files(self, directory: Path) -> None:
        """Write the program's files into an existing directory."""
        (directory / ELF_FILE).write_bytes(self.elf)
        (directory / ASSEMBLY_FILE).write_text(self.assembly, "utf-8")
        (directory / PROGRAM_JSON).write_text(self.manifest.to_json(), "utf-8")
        (directory / IR_DIRECTORY).mkdir()
        for name, text in self.stages.items():
            (directory / IR_DIRECTORY / name).write_text(text, "utf-8")

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """The program in a directory that `save` or `nmc compile` wrote. Raises `NmcError`."""
        root = Path(directory)
        if root.is_file():
            raise NmcError(
                f"{root}: is a file; give the directory nmc compile wrote (-o), or a stage's .mlir"
            )
        if not (root / PROGRAM_JSON).is_file():
            raise NmcError(
                f"{root}: holds no {PROGRAM_JSON}, so it is no compiled program; "
                f"run nmc compile MODEL.onnx -o {root}"
            )
        try:
            text = (root / PROGRAM_JSON).read_text("utf-8")
            elf = (root / ELF_FILE).read_bytes()
            assembly = (root / ASSEMBLY_FILE).read_text("utf-8")
        except OSError as error:
            name, reason = error.filename or root, error.strerror or error
            raise NmcError(f"{name}: cannot be read ({reason}); compile the model again") from error
        except UnicodeDecodeError as error:
            raise NmcError(f"{root}: a file is no text ({error}); compile it again") from error
        try:
            read_elf(elf)
        except NmcError as error:
            raise NmcError(f"{root / ELF_FILE}: {error}; compile the model again") from error
        return cls(
            manifest=Manifest.from_json(text, str(root / PROGRAM_JSON)),
            elf=elf,
            assembly=assembly,
            stages=StageFiles(root / IR_DIRECTORY),
        )

    def summary(self) -> str:
        """One line: layers, sizes, the planner's estimate."""
        estimate = sum(layer.estimate for layer in self.manifest.layers)
        return (
            f"{len(self.manifest.layers)} layers, {short_number(self.manifest.macs)} dense MACs, "
            f"{short_number(estimate)} cycles estimated, {len(self.elf):,} bytes of ELF"
        )


def short_number(value: int) -> str:
    """A count for people: whole below ten thousand, else in thousands or millions."""
    if value < 10_000:
        return f"{value:,}"
    if value < 1_000_000:
        return f"{value / 1e3:.1f} k"
    return f"{value / 1e6:,.2f} M"
