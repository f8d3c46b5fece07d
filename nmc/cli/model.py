"""nmc model: write a quantised ONNX file of a network we know."""

from collections.abc import Callable
from pathlib import Path

import click

from nmc.files import check_writable, write_file
from nmc.models import MODELS, build_model
from nmc.numerics.pruning import PRUNES

SPARSITIES = ("dense", "1:4", "1:8", "1:16")
SIZES = ("patch", "width", "depth", "heads", "mlp")

Command = Callable[..., None]


def transformer_sizes(command: Command) -> Command:
    """Options for the sizes of a transformer, each the network's own unless given."""
    for name in reversed(SIZES):
        option = click.option(f"--{name}", type=click.IntRange(min=1), help="of a transformer")
        command = option(command)
    return command


@click.command("model")
@click.argument("name", metavar="NAME")
@click.option("--classes", default=100, show_default=True, type=click.IntRange(min=2))
@click.option(
    "--input",
    "size",
    type=click.IntRange(min=1),
    help="image side or tokens  [default: the network's]",
)
@click.option(
    "--sparsity",
    default="dense",
    show_default=True,
    type=click.Choice(SPARSITIES),
    help="by magnitude along the input channels",
)
@click.option(
    "--prune",
    default="ffn",
    show_default=True,
    type=click.Choice(PRUNES),
    help="of a transformer: feed-forward layers, or all linear layers",
)
@transformer_sizes
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="FILE.onnx  [default: NAME.onnx]"
)
def model_command(
    name: str,
    classes: int,
    size: int | None,
    sparsity: str,
    prune: str,
    seed: int,
    output: Path | None,
    **sizes: int | None,
) -> None:
    """Write the network NAME as a quantised ONNX file with random, calibrated weights."""
    path = output or Path(f"{name}.onnx")
    check_writable(path)
    given = {key: value for key, value in sizes.items() if value is not None}
    data = build_model(name, classes, size, sparsity, seed, prune=prune, **given)
    write_file(path, data)
    click.echo(f"{path}: {len(data):,} bytes", err=True)


model_command.epilog = f"Networks: {', '.join(sorted(MODELS))}."
