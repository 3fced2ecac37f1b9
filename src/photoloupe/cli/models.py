"""models, train, export: what is installed, how to make another, and how to take one elsewhere."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import needs, plain_errors

app = typer.Typer()


class Exported(Enum):
    """Questions whose model can be exported."""

    SELFIE = "selfie"


class ExportFormat(Enum):
    """Kinds of file that `export` writes."""

    ONNX = "onnx"
    PT2 = "pt2"
    TORCHSCRIPT = "torchscript"


@app.command()
def models() -> None:
    """List the installed models: what they answer, how well, licence and training data."""
    with plain_errors():
        from photoloupe.models.installed import installed_cards

        for card in installed_cards():
            typer.echo(card.in_words())


@app.command()
def train(  # noqa: PLR0917 (typer reads options off the signature)
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/lite0_trio.toml.")],
    data: Annotated[Path, typer.Option(help="Folder of the photos and tables of the recipe.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, log, model and card.")],
    weights: Annotated[
        Path | None,
        typer.Option(help="Published weights of the trunk.", show_default="random weights"),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Loader processes for each task.")] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Tiny run, to check that everything works.")
    ] = False,
) -> None:
    """Train a model and measure it on held-out photos; an interrupted run resumes."""
    with plain_errors():
        with needs("train", "train"):
            from photoloupe.training.run import run_recipe
        typer.echo(run_recipe(recipe, data, out, weights=weights, workers=workers, quick=quick))


@app.command()
def export(
    what: Annotated[Exported, typer.Argument(help="The question that the model answers.")],
    form: Annotated[
        ExportFormat,
        typer.Option("--format", help="pt2 is torch.export; torchscript is deprecated."),
    ] = ExportFormat.ONNX,
    run: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a run of recipes/selfie_convnext_tiny.toml.",
            show_default="the shipped model",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.", show_default="the run's, or the current one"),
    ] = None,
) -> None:
    """Write a model as one compiled file, with its card: the shipped model, or a trained one."""
    with plain_errors():
        with needs("train", f"export {what.value}"):
            from photoloupe.training.export_selfie import export_selfie
        typer.echo(export_selfie(form.value, run, out))
