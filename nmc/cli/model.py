"""nmc model: write a quantised ONNX file of a network we know."""

from pathlib import Path

import click

from nmc.files import check_writable, write_file
from nmc.models import MODELS, build_model

SPARSITIES = ("dense", "1:4", "1:8", "1:16")


@click.command("model")
@click.argument("name", metavar="NAME")
@click.option("--classes", default=100, show_default=True, type=click.IntRange(min=2))
@click.option(
    "--input", "size", default=32, show_default=True, type=click.IntRange(min=1), help="image side"
)
@click.option(
    "--sparsity",
    default="dense",
    show_default=True,
    type=click.Choice(SPARSITIES),
    help="by magnitude along the input channels",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="FILE.onnx  [default: NAME.onnx]"
)
def model_command(
    name: str, classes: int, size: int, sparsity: str, seed: int, output: Path | None
) -> None:
    """Write the network NAME as a quantised ONNX file with random, calibrated weights."""
    path = output or Path(f"{name}.onnx")
    check_writable(path)
    data = build_model(name, classes, size, sparsity, seed)
    write_file(path, data)
    click.echo(f"{path}: {len(data):,} bytes", err=True)


model_command.epilog = f"Networks: {', '.join(sorted(MODELS))}."
