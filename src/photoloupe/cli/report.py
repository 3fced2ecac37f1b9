"""report: a contact sheet of a catalog, as one offline page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import Jobs, Uri, open_catalog, plain_errors
from photoloupe.cli.streams import print_error

app = typer.Typer()


@app.command()
def report(  # noqa: PLR0917 (typer reads options off the signature)
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
    expression: Annotated[
        str, typer.Argument(help="Which photos, as in query.", show_default="all photos")
    ] = "true",
    catalog: Uri = None,
    crops: Annotated[
        bool, typer.Option("--crops/--no-crops", help="Search for crop families too.")
    ] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is not an earlier report.")
    ] = False,
    jobs: Jobs = None,
) -> None:
    """Write one HTML page of the photos: scores, selfies, squished ones repaired, crop families."""
    with plain_errors():
        from photoloupe.catalog.report.contact_sheet import make_sheet
        from photoloupe.output.progress import progress_bar

        base = open_catalog(".", catalog)
        with progress_bar() as show:
            sheet = make_sheet(
                base, out, expression, crops=crops, force=force, jobs=jobs, tell=show
            )
        print_error(sheet.in_words())
