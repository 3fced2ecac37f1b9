"""The verb that puts photos in order: rank."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import Jobs, told

if TYPE_CHECKING:
    from photoloupe.uses.ranking import Ranked

app = typer.Typer()
FORMS = ("table", "jsonl", "paths")
LAYOUT = "{:>5}  {:>5}  {:>4}  {:<8}  {}"


@app.command()
def rank(
    photos: Annotated[
        list[str],
        typer.Argument(help="Files, folders, globs, or - for a list on standard input."),
    ],
    top: Annotated[
        int | None, typer.Option(min=1, help="So many of the best, one a burst.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=1, max=10, help="Only photos with at least this score.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="table, jsonl or paths. [default: table on a terminal, else jsonl]"
        ),
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Put photos in order, the best first, and mark the best of every burst."""
    form = form or ("table" if sys.stdout.isatty() else "jsonl")
    with told():
        from photoloupe.inspector import Inspector
        from photoloupe.media.paths import list_photos
        from photoloupe.uses.ranking import rank as put_in_order

        if form not in FORMS:
            raise ValueError(f"--format {form}: not one of {', '.join(FORMS)}")
        rows = put_in_order(list_photos(photos, sys.stdin), inspector=Inspector(jobs=jobs))
        bad = [row for row in rows if row.report.error is not None]
        good = [row for row in rows if row.report.error is None and row.score >= (threshold or 0)]
        if top is not None:
            good = [row for row in good if row.best][:top]
        if form == "table":
            typer.echo(LAYOUT.format("rank", "score", "%", "burst", "photo"))
        for row in [*good, *(bad if form != "paths" else [])]:
            typer.echo(_line(row, form))
    if bad:
        typer.echo(f"photoloupe: {len(bad)} failed", err=True)
        raise typer.Exit(1)


def _line(row: Ranked, form: str) -> str:
    report = row.report
    if form == "jsonl":
        return json.dumps(row.to_dict(), ensure_ascii=False)
    if form == "paths":
        return report.path
    if report.error is not None:
        return f"error  {report.path}: {report.error.message} [{report.error.code}]"
    burst = "" if row.burst is None else f"{row.burst}{' best' if row.best else ''}"
    percentile = f"{row.percentile:.0f}"
    return LAYOUT.format(row.rank or 0, f"{row.score:.1f}", percentile, burst, report.path)
