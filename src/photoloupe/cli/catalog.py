"""The verbs of a catalogue: scan, query, similar, decide."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from photoloupe.cli.options import (
    Actors,
    Address,
    Jobs,
    On,
    Uri,
    cluster_for,
    open_catalog,
    progress,
    told,
)

if TYPE_CHECKING:
    from photoloupe.catalog.scan.summary import ScanSummary

app = typer.Typer()


@app.command()
def scan(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Annotated[
        list[str],
        typer.Argument(help="Folders, files, globs, or - for a list; with --on ray also URIs."),
    ],
    catalog: Uri = None,
    jobs: Jobs = None,
    crops: Annotated[
        bool, typer.Option("--crops", help="Also keep what crops are found by.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C.")] = False,
    on: On = None,
    address: Address = None,
    actors: Actors = None,
    gpus: Annotated[float, typer.Option(min=0, help="GPUs an actor, with --on ray.")] = 0,
) -> None:
    """Look at every photo that is new or has changed, and remember it; go on where it stopped."""
    failed = 0
    with told():
        from photoloupe.catalog.scan import scan as room
        from photoloupe.catalog.store import Catalog

        cluster = cluster_for(on, address, actors, gpus)
        base = Catalog(_catalog_of(photos, catalog, on), make=True)

        def once() -> ScanSummary:
            lines = sys.stdin if "-" in photos else ()
            with progress() as tell:
                if cluster is None:
                    return room.scan(base, photos, lines=lines, crops=crops, jobs=jobs, tell=tell)
                from photoloupe.cluster import scan as scan_there

                return scan_there(
                    photos, base, lines=lines, crops=crops, cluster=cluster, tell=tell
                )

        try:
            for summary in room.watch(once, time.sleep):
                _say(summary, base.uri)
                failed = summary.failed
                if not watch:
                    break
        except KeyboardInterrupt:
            if not watch:
                raise
    if failed:
        raise typer.Exit(1)


@app.command()
def query(
    expression: Annotated[
        str, typer.Argument(help='Such as "aesthetics.score > 7 and not selfie.is_selfie".')
    ],
    catalog: Uri = None,
    form: Annotated[str, typer.Option("--format", help="jsonl, csv, parquet or paths.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(help="File. [default: standard output]")] = None,
) -> None:
    """List the photos that an expression holds for; a wrong one is told with the columns."""
    with told():
        from photoloupe.catalog.ask.query import query as rows
        from photoloupe.output.rows import WRITERS

        if form not in WRITERS:
            raise ValueError(f"--format {form}: not one of {', '.join(WRITERS)}")
        if form == "parquet" and out is None and sys.stdout.isatty():
            raise ValueError("--format parquet: not for a terminal; name a file with --out")
        found = rows(open_catalog(".", catalog), expression)
        first = next(found, None)  # before the file is made: the expression may be wrong
        with out.open("wb") if out else _standard_output() as file, WRITERS[form](file) as write:
            for batch in [] if first is None else [first]:
                write(batch)
            for batch in found:
                write(batch)


@app.command()
def similar(
    photo: Annotated[str, typer.Argument(help="A photo, in the catalogue or not.")],
    catalog: Uri = None,
    count: Annotated[int, typer.Option(min=1, help="How many to list.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines instead of words.")] = False,
) -> None:
    """List the photos of the catalogue that look most like this one."""
    import json
    from dataclasses import asdict

    with told():
        from photoloupe.catalog.ask.similar import find_similar

        for found in find_similar(open_catalog(photo, catalog), photo, count):
            same = "  the same file" if found.same_bytes else ""
            words = f"{found.similarity:.3f}  {found.path}{same}"
            typer.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else words)


@app.command()
def decide(
    photos: Annotated[list[str], typer.Argument(help="Photos that were scanned.")],
    catalog: Uri = None,
    rating: Annotated[int | None, typer.Option(help="0 to 5.")] = None,
    decision: Annotated[str | None, typer.Option(help="keep or reject.")] = None,
) -> None:
    """Remember your own word on photos, in place of any before; without one, forget it."""
    with told():
        from photoloupe.errors import CatalogError
        from photoloupe.media.photo import read_content

        base = open_catalog(photos[0], catalog)
        for photo in photos:
            sha256 = read_content(photo).sha256
            if not base.decide(sha256, rating=rating, decision=decision):
                raise CatalogError(f"{photo}: not in {base.uri}; scan it first")


def _catalog_of(photos: list[str], catalog: str | None, on: str | None) -> str:
    from photoloupe.catalog.location import find_catalog

    if stored := next((name for name in photos if "://" in name), None):
        if on is None:
            raise ValueError(f"{stored}: --on ray reads storage, a scan of one machine its files")
        if catalog is None:
            raise ValueError(f"{stored}: say with --catalog where the catalogue is to lie")
    return find_catalog(photos[0], catalog)


def _say(summary: ScanSummary, uri: str) -> None:
    for error in summary.failures:
        typer.echo(f"photoloupe: {error}", err=True)
    typer.echo(f"{summary.in_words()}; {uri}", err=True)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()
