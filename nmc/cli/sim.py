"""nmc sim: run any ELF program for the machine on the simulator."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from nmc.cli.console import console, print_table
from nmc.cli.findings import SANITIZE_HELP, print_findings
from nmc.cli.main import PROGRAM
from nmc.cli.preparing import prepare_simulator
from nmc.cli.profile_tables import profile_tables
from nmc.cli.tracing import TRACE_HELP, write_trace
from nmc.elf import read_elf
from nmc.errors import NmcError, ProgramFault
from nmc.files import check_writable
from nmc.sim import Counters, SimResult, Simulator, SteppedSimulator
from nmc.sim.oracle import OracleSimulator
from nmc.targets import DEFAULT_TARGET, load_target, with_overrides

EXIT_PROGRAM_FAULT = 125
"""Exit code where the program faults and so has no status of its own, as env(1) and others do."""

STATUS_MASK = 0xFF
"""What the host's operating system keeps of a status."""


@click.command("sim")
@click.argument("elf", metavar="FILE.elf", type=click.Path(path_type=Path))
@click.option(
    "--target", metavar="NAME|FILE", default=DEFAULT_TARGET, show_default=True, help="the machine"
)
@click.option("--cores", type=int, metavar="N", help="cores of the cluster  [the target's]")
@click.option("--l1", type=int, metavar="BYTES", help="size of L1  [the target's]")
@click.option(
    "--max-cycles", type=click.IntRange(min=1), metavar="N", help="then it is a fault  [no limit]"
)
@click.option("--profile", is_flag=True, help="by core, bank, function and instruction")
@click.option("--trace", metavar="FILE", type=click.Path(path_type=Path), help=TRACE_HELP)
@click.option("--sanitize", is_flag=True, help=SANITIZE_HELP)
@click.option(
    "--engine",
    type=click.Choice(["fast", "oracle"]),
    default="fast",
    show_default=True,
    help="oracle: the plain one, slow, which the other is held against",
)
@click.option("--json", "as_json", is_flag=True, help="measurements as JSON, to standard output")
def sim_command(
    elf: Path,
    target: str,
    cores: int | None,
    l1: int | None,
    max_cycles: int | None,
    profile: bool,
    trace: Path | None,
    sanitize: bool,
    engine: str,
    as_json: bool,
) -> int:
    """Run an ELF program, ours or another toolchain's, on the simulated machine.

    Its output goes to standard output (to standard error with --json), and the exit code is the
    low 8 bits of its status; 125 if it faults or the sanitizers find something, 2 if the file is
    none that can be run.
    """
    if trace is not None:
        check_writable(trace)
    profile = profile or trace is not None
    image = read_elf(elf)
    machine = with_overrides(load_target(target), cores=cores, l1=l1)
    stream = sys.stderr if as_json else sys.stdout
    last = b"\n"

    def pass_on(text: bytes) -> None:
        nonlocal last
        last = text[-1:]
        stream.buffer.write(text)
        stream.flush()

    simulator: SteppedSimulator
    if engine == "oracle":
        if profile or sanitize:
            raise NmcError(
                "--engine oracle measures alone: leave out --profile, --trace, --sanitize"
            )
        simulator = OracleSimulator(image, machine, output=pass_on)
    else:
        simulator = Simulator(image, machine, profile=profile, sanitize=sanitize, output=pass_on)
        prepare_simulator(profile, sanitize)
    fault: ProgramFault | None = None
    try:
        result = simulator.run(max_cycles)
    except ProgramFault as error:
        fault, result = error, simulator.result()
    if last != b"\n" and (as_json or stream.isatty()):
        # What follows begins a line of its own.
        print(file=sys.stderr)
    if trace is not None:
        write_trace(trace, result)
    if as_json:
        found = _measurements(result, fault)
        if sanitize:
            found["findings"] = [finding.to_json() for finding in result.findings]
        click.echo(json.dumps(found, indent=1))
    else:
        _print_summary(result)
    print_findings(result.findings)
    if fault is not None:
        print(f"{PROGRAM}: fault: {fault}", file=sys.stderr)
    if fault is not None or result.findings:
        return EXIT_PROGRAM_FAULT
    return result.exit_code & STATUS_MASK


def _measurements(result: SimResult, fault: ProgramFault | None) -> dict[str, Any]:
    """The object `nmc sim --json` prints."""
    found: dict[str, Any] = {
        "exit_code": None if fault is not None else result.exit_code,
        "cycles": result.cycles,
        "instructions": result.all_instructions,
        "host_seconds": round(result.seconds_simulating, 6),
        "mips": round(result.mips, 3),
    }
    if fault is not None:
        found["fault"] = str(fault)
    found["main_core"] = _counters(result.controller)
    found["cores"] = [_counters(core) for core in result.cores]
    found["stalls"] = result.stalls
    found["dma_bytes"] = result.dma_bytes
    found["l3_bytes"] = result.l3_bytes
    if result.layers:
        found["layers"] = [asdict(layer) for layer in result.layers]
    found["bank_conflicts"] = result.bank_conflicts
    if result.profile is not None:
        found["profile"] = asdict(result.profile)
    return found


def _counters(core: Counters) -> dict[str, Any]:
    return {"instructions": core.instructions, "stalls": core.stalls}


def _print_summary(result: SimResult) -> None:
    """The measurements on standard error."""
    out = console()
    if (profile := result.profile) is not None:
        whole = [("all", result.cycles, profile.traffic)]
        cores = {str(number): core for number, core in enumerate(result.cores)}
        cores["main"] = result.controller
        for table in profile_tables(profile, cores, result.bank_conflicts, whole):
            print_table(out, table)
            out.print()
    out.print(
        f"{result.cycles:,} cycles, {result.all_instructions:,} instructions; simulated in "
        f"{result.seconds_simulating:.2f} s, {result.mips:.1f} MIPS",
        markup=False,
    )
