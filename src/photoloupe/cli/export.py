"""export: a trained net as one file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import told

app = typer.Typer()
WHAT, FORMATS = ("selfie",), ("torchscript", "pt2", "onnx")


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="selfie.")],
    form: Annotated[
        str, typer.Option("--format", help="onnx, pt2 (torch.export) or torchscript (deprecated).")
    ] = "onnx",
    run: Annotated[
        Path | None,
        typer.Option(help="Run of recipes/selfie_convnext_tiny.toml. [default: what ships]"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder. [default: the run's, or the current one]")
    ] = None,
) -> None:
    """Write a net as a compiled file, with its card beside it: the shipped one or a run's."""
    with told():
        if what not in WHAT:
            raise ValueError(f"export {what}: not one of {', '.join(WHAT)}")
        if form not in FORMATS:
            raise ValueError(f"--format {form}: not one of {', '.join(FORMATS)}")
        try:
            from photoloupe.training.export_selfie import export_selfie
        except ImportError as error:
            raise ImportError(f"export needs photoloupe[train]: {error}") from error
        typer.echo(export_selfie(form, run, out))
