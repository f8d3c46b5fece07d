"""nmc-opt: textual IR in, passes over it, textual IR, assembly or an ELF file out."""

import argparse
import dataclasses
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.printer import Printer
from xdsl.utils.arg_spec import parse_spec
from xdsl.utils.exceptions import DiagnosticException, ParseError
from xdsl.utils.target import Target
from xdsl.xdsl_opt_main import xDSLOptMain

from nmc.cli.diagnostics import EXIT_OK, guarded
from nmc.cli.opt_ir import IRTarget
from nmc.cli.opt_list import list_passes
from nmc.dialects import get_all_dialects
from nmc.errors import NmcError, did_you_mean
from nmc.files import write_file
from nmc.passes import get_all_passes
from nmc.pipelines.runner import Hooks, PassError, VerificationError, run_pipeline, verify_module
from nmc.pipelines.spec import parse_pipeline_text

PROGRAM = "nmc-opt"
ELF = "elf"
SEPARATOR = "// -----\n"


class NmcOptMain(xDSLOptMain):
    """The driver: xDSL's, with our dialects, passes and outputs, and errors on one line."""

    def register_all_dialects(self) -> None:
        """Register the dialects of `nmc.dialects`."""
        for name, factory in get_all_dialects().items():
            self.ctx.register_dialect(name, factory)

    def register_all_passes(self) -> None:
        """Register the passes of `nmc.passes`."""
        for name, factory in get_all_passes().items():
            self.register_pass(name, factory)

    def register_all_targets(self) -> None:
        """Register IR, assembly and ELF; the latter two are imported when they are asked for."""

        def assembly() -> type[Target]:
            return import_module("nmc.cli.opt_targets").AssemblyTarget

        def elf() -> type[Target]:
            return import_module("nmc.cli.opt_targets").ElfTarget

        self.available_targets = {"mlir": lambda: IRTarget, "asm": assembly, ELF: elf}

    def register_all_frontends(self) -> None:
        """Register the parser, and ONNX through the frontend."""
        super().register_all_frontends()

        def import_model(stream: IO[bytes]) -> ModuleOp:
            from nmc.frontend import import_onnx

            return import_onnx(stream.read(), self.get_input_name())

        self.available_frontends["onnx"] = import_model

    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        """xDSL's arguments and those of `mlir-opt` that it lacks."""
        super().register_all_arguments(arg_parser)
        arg_parser.prog = PROGRAM
        arg_parser.add_argument(
            "--pass-pipeline",
            default="",
            help="the passes as builtin.module(a,b{x=1 y=2}); the wrapper may be left out",
        )
        arg_parser.add_argument(
            "--print-ir-before",
            metavar="PASS",
            action="append",
            default=[],
            help="print the IR before this pass, to standard error",
        )
        arg_parser.add_argument(
            "--print-ir-after",
            metavar="PASS",
            action="append",
            default=[],
            help="print the IR after this pass, to standard error",
        )
        arg_parser.add_argument(
            "--print-ir-after-all",
            action="store_true",
            help="print the IR after each pass, to standard error",
        )
        arg_parser.add_argument(
            "--list-passes", action="store_true", help="list passes and pipelines, a line each"
        )
        options = sorted(set(re.findall(r"--[a-z][a-z-]+", arg_parser.format_help())))

        def fail(message: str) -> NoReturn:
            unknown = re.search(r"unrecognized arguments: (--[\w-]+)", message)
            remedy = did_you_mean(unknown[1], options) if unknown else "--help shows the usage"
            raise NmcError(f"{message}; {remedy}")

        arg_parser.error = fail  # one line instead of the usage and a line

    def setup_pipeline(self) -> None:
        """Parse the pipeline; names are checked when it is run, before its first pass."""
        if self.args.passes and self.args.pass_pipeline:
            raise NmcError("-p and --pass-pipeline are both given; choose one")
        self.specs = parse_pipeline_text(self.args.passes or self.args.pass_pipeline)
        known = {*self.available_passes}
        for name in (*self.args.print_ir_before, *self.args.print_ir_after):
            if name not in known:
                raise NmcError(f"pass '{name}' to print is unknown; {did_you_mean(name, known)}")

    def prepare_input(self) -> tuple[list[tuple[IO[bytes], int]], str]:
        """The chunks of the input, each with the number of lines before it."""
        try:
            return super().prepare_input()
        except ValueError as error:
            known = " or ".join(f".{name}" for name in self.available_frontends)
            raise NmcError(f"{self.get_input_name()}: {error}; give a {known} file") from error

    def apply_passes(self, prog: ModuleOp) -> None:
        """Verify the input, run the pipeline over it, printing what was asked for on the way."""
        if not self.args.disable_verify:
            verify_module(prog, self.get_input_name())
        hooks = Hooks(before=self._print_before, after=self._print_after)
        run_pipeline(self.ctx, prog, self.specs, hooks, verify=not self.args.disable_verify)

    def _print_before(self, step: ModulePass, module: ModuleOp) -> None:
        if step.name in self.args.print_ir_before:
            self._dump("Before", step, module)

    def _print_after(self, step: ModulePass, module: ModuleOp) -> None:
        if self.args.print_ir_after_all or step.name in self.args.print_ir_after:
            self._dump("After", step, module)

    def _dump(self, when: str, step: ModulePass, module: ModuleOp) -> None:
        print(f"// -----// IR Dump {when} {step} //----- //", file=sys.stderr)
        Printer(stream=sys.stderr, print_generic_format=self.args.print_op_generic).print_op(module)
        print(file=sys.stderr)

    def run(self) -> None:
        """Process the chunks of the input; nothing is written before all of them are done."""
        chunks, extension = self.prepare_input()
        outputs: list[str] = []
        for chunk, offset in chunks:
            with chunk:
                outputs.append(self._process(chunk, extension, offset))
        self._write(outputs)

    def _process(self, chunk: IO[bytes], extension: str, offset: int) -> str:
        """The output of one chunk; with --verify-diagnostics the error of a chunk is its output."""
        expected = self.args.verify_diagnostics
        try:
            module = self.parse_chunk(chunk, extension, offset)
            if module is None:
                return ""
            self.apply_passes(module)
            return self.output_resulting_program(module)
        except ParseError as error:
            error.span = dataclasses.replace(error.span, line_offset=offset)
            if not (expected or self.args.parsing_diagnostics):
                raise
            return f"{error}\n"
        except (PassError, VerificationError) as error:
            if not expected:
                raise
            return f"{error.cause}\n"
        except (NmcError, DiagnosticException) as error:
            if not expected:
                raise
            return f"{error}\n"

    def _write(self, outputs: list[str]) -> None:
        if parse_spec(self.args.target).name == ELF:
            if len(outputs) != 1:
                raise NmcError("an ELF file is made of one module; leave out --split-input-file")
            data = outputs[0].encode("latin-1")
        else:
            data = SEPARATOR.join(outputs).encode()
        if self.args.output_file in (None, "-"):
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        else:
            write_file(Path(self.args.output_file), data)


def _run(arguments: Sequence[str] | None) -> int:
    driver = NmcOptMain("Run passes over nmc's IR.", arguments)
    if driver.args.list_passes:
        print(list_passes())
        return EXIT_OK
    driver.run()
    return EXIT_OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `nmc-opt`; the exit code: 0, or 2 with one line on standard error."""
    return guarded(PROGRAM, lambda: _run(arguments))
