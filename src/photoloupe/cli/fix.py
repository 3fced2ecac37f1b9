"""fix: repaired copies of squished photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.changes import finishing
from photoloupe.cli.options import Format, Model, Photos, listed, plain_errors
from photoloupe.cli.printing import PatientOutput, writing_to_the_end

app = typer.Typer()
OUTCOMES = "fixed", "left alone", "failed"


@app.command()
def fix(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Photos,
    out: Annotated[Path, typer.Option(help="Folder for the repaired copies.")],
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Shrink the longer side instead of enlarging.")
    ] = False,
    model: Model = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done; write nothing.")
    ] = False,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How rows are printed.", show_default="a sentence a photo"),
    ] = None,
) -> None:
    """Write un-squished copies of squished photos; the photos themselves are never changed.

    Photos that are not squished, or of which the model is unsure, are left alone.
    Nothing is overwritten: if a name is taken, that photo's row is an error.
    """
    counts, output = Counter[str](), PatientOutput()

    def summary() -> str:
        said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
        return f"photoloupe: {said}" + (" (dry run: nothing is written)" * dry_run)

    with plain_errors(), finishing(counts, output, summary), ExitStack() as stack:
        from photoloupe.uses.fix_files import Fix, fix_photos
        from photoloupe.uses.fix_layout import FIXES

        def sentence(row: Fix) -> None:
            output.line(row.in_words())

        if out.exists() and not out.is_dir():
            raise NotADirectoryError(f"--out {out}: not a folder")
        write: Callable[[Fix], None] = sentence
        if form is not None:
            write = stack.enter_context(writing_to_the_end(FIXES, form, output))
        for row in fix_photos(listed(photos), out, shrink=shrink, dry_run=dry_run):
            counts["failed" if row.error else "fixed" if row.copy else "left alone"] += 1
            write(row)
        output.flush()
