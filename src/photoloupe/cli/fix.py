"""The verb that writes: fix."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import told

app = typer.Typer()


@app.command()
def fix(
    photos: Annotated[
        list[str],
        typer.Argument(help="Files, folders, globs, or - for a list on standard input."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the repaired copies.")],
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Shrink the other side; enlarge nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")
    ] = False,
) -> None:
    """Write un-squished copies of squished photos; photos themselves are never changed.

    Photos that are not squished, or of which the model is unsure, are left alone.
    Nothing is overwritten: a name that is taken is a row that says so.
    """
    from photoloupe.media.paths import list_photos
    from photoloupe.uses.fix_files import fix_photos

    counts: Counter[str] = Counter()
    with told():
        if out.exists() and not out.is_dir():
            raise NotADirectoryError(f"--out {out}: not a folder")
        listed = list_photos(photos, sys.stdin)
        for row in fix_photos(listed, out, shrink=shrink, dry_run=dry_run):
            counts["failed" if row.error else "fixed" if row.copy else "left alone"] += 1
            typer.echo(row.in_words())
    said = ", ".join(f"{counts[kind]} {kind}" for kind in ("fixed", "left alone", "failed"))
    typer.echo(f"photoloupe: {said}" + (" (dry run: nothing is written)" * dry_run), err=True)
    if counts["failed"]:
        raise typer.Exit(1)
