"""nmc: the command line's group of commands, and what all of them share."""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from nmc.cli.diagnostics import EXIT_OK, EXIT_USAGE, guarded
from nmc.errors import did_you_mean, one_line
from nmc.version import VERSION

PROGRAM = "nmc"

# Command: where it is, and its line in --help; imported when it is used.
COMMANDS: dict[str, tuple[str, str]] = {
    "model": ("nmc.cli.model:model_command", "Write a quantised ONNX file of a known network."),
    "compile": ("nmc.cli.compile:compile_command", "Compile a model, or go on from a stage file."),
    "run": ("nmc.cli.run:run_command", "Run a compiled program, or a stage file."),
    "sim": ("nmc.cli.sim:sim_command", "Run any ELF program for the machine on the simulator."),
    "report": ("nmc.cli.report:report_command", "Print a program's layers and memory map."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only to run it, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """The names of the commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (as above)
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        return getattr(import_module(module), attribute)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the closest command in the error."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"command '{args[0]}' is unknown; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (as above)
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(VERSION, prog_name=PROGRAM)
def group() -> None:
    """Compile quantised, N:M-pruned networks for PULP clusters and run them on a simulated one.

    Exit codes: 0 fine, 1 results differ, 2 bad input or usage, 3 fault of the simulated program;
    those of sim are the program's, 125 for a fault.
    """


def _with_remedy(error: click.ClickException) -> str:
    """The message of a wrong usage on one line, and where the right one is described."""
    message = one_line(error.format_message())
    if message.endswith("?") or not isinstance(error, click.UsageError):
        return message
    command = error.ctx.command_path if error.ctx is not None else PROGRAM
    return f"{message.rstrip('.')}; {command} --help shows the usage"


def _invoke(arguments: Sequence[str] | None) -> int:
    try:
        result = group.main(
            args=None if arguments is None else list(arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
        )
    except click.Abort:
        print(f"{PROGRAM}: interrupted", file=sys.stderr)
        return EXIT_USAGE
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return EXIT_USAGE
    except click.ClickException as error:
        print(f"{PROGRAM}: error: {_with_remedy(error)}", file=sys.stderr)
        return EXIT_USAGE
    return result if isinstance(result, int) else EXIT_OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `nmc`; the exit code, with one line on standard error where it is not 0."""
    return guarded(PROGRAM, lambda: _invoke(arguments))
