"""The verb that makes a page of a catalogue: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import Jobs, Uri, open_catalog, progress, told

app = typer.Typer()


@app.command()
def report(  # noqa: PLR0917 (typer reads options off the signature)
    out: Annotated[Path, typer.Option("--out", "-o", help="The page, such as report.html.")],
    expression: Annotated[
        str, typer.Argument(help="As in query. [default: all photos]", show_default=False)
    ] = "true",
    catalog: Uri = None,
    crops: Annotated[
        bool, typer.Option("--crops/--no-crops", help="Look for crop families too.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of another kind.")] = False,
    jobs: Jobs = None,
) -> None:
    """Make one page of the photos: scores, selfies, squished ones repaired, crop families."""
    with told():
        from photoloupe.catalog.report.contact_sheet import make_sheet

        base = open_catalog(".", catalog)
        with progress() as tell:
            sheet = make_sheet(
                base, out, expression, crops=crops, force=force, jobs=jobs, tell=tell
            )
        typer.echo(sheet.in_words(), err=True)
