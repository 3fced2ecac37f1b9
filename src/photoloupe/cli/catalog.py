"""scan, query, similar, decide: the verbs of a catalog."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import (
    FAILED,
    INTERRUPTED,
    Actors,
    Address,
    Force,
    Format,
    FormatOption,
    Jobs,
    Model,
    On,
    Out,
    Uri,
    catalog_uri,
    cluster_for,
    open_catalog,
    plain_errors,
)
from photoloupe.cli.printing import writing
from photoloupe.cli.streams import print_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from photoloupe.catalog.scan.summary import ScanSummary
    from photoloupe.catalog.store import Catalog
    from photoloupe.cluster.engine import Cluster

app = typer.Typer()


@app.command()
def scan(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Annotated[
        list[str],
        typer.Argument(help="Folders, files, globs, or - for a list; with --on ray also URIs."),
    ],
    catalog: Uri = None,
    model: Model = None,
    jobs: Jobs = None,
    crops: Annotated[
        bool, typer.Option("--crops", help="Also keep the features that crops are found by.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Scan again until Ctrl-C.")] = False,
    on: On = None,
    address: Address = None,
    actors: Actors = None,
    gpus: Annotated[float, typer.Option(min=0, help="With --on ray: GPUs an actor.")] = 0,
) -> None:
    """Inspect every new or changed photo and keep its answers; an interrupted scan resumes."""
    failed = 0
    with plain_errors():
        from photoloupe.catalog.scan import scan as library
        from photoloupe.catalog.store import Catalog

        cluster = cluster_for(on, address, actors, gpus)
        base = Catalog(_catalog_of(photos, catalog, on), make=True)
        progress = [0, 0]
        once = _scan_once(base, photos, crops, jobs, cluster, progress=progress)
        try:
            for summary in library.watch(once, time.sleep):
                _print_summary(summary, base.uri)
                failed = summary.failed
                if not watch:
                    break
        except KeyboardInterrupt:
            if not watch or progress[0] < progress[1]:
                _print_interrupted(base, *progress)
                raise typer.Exit(INTERRUPTED) from None
    if failed:
        raise typer.Exit(FAILED)


def _scan_once(
    base: Catalog,
    photos: list[str],
    crops: bool,
    jobs: int | None,
    cluster: Cluster | None,
    *,
    progress: list[int],
) -> Callable[[], ScanSummary]:
    """A function that scans, here or on a cluster. progress: gets files done, of how many."""
    from photoloupe.catalog.scan import scan as library
    from photoloupe.output.progress import progress_bar

    def once() -> ScanSummary:
        lines = sys.stdin if "-" in photos else ()
        with progress_bar() as show:

            def tell(done: int, total: int) -> None:
                progress[:] = done, total
                show(done, total)

            if cluster is None:
                return library.scan(base, photos, lines=lines, crops=crops, jobs=jobs, tell=tell)
            from photoloupe.cluster import scan as scan_there

            return scan_there(photos, base, lines=lines, crops=crops, cluster=cluster, tell=tell)

    return once


@app.command()
def query(
    expression: Annotated[
        str, typer.Argument(help='Such as "aesthetics.score > 7 and not selfie.is_selfie".')
    ],
    catalog: Uri = None,
    form: FormatOption = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """List photos that match an expression. An invalid one prints the available columns."""
    with plain_errors():
        from photoloupe.catalog.ask.query import query as matching
        from photoloupe.catalog.row_layout import catalog_row_layout

        batches = matching(open_catalog(".", catalog), expression)
        first = next(batches, None)  # before the file is made: the expression may be invalid
        with writing(catalog_row_layout(), form, out, force) as write:
            while first is not None:
                for row in first.to_pylist():
                    write(row)
                first = next(batches, None)


@app.command()
def similar(  # noqa: PLR0917 (typer reads options off the signature)
    photo: Annotated[str, typer.Argument(help="A photo, in the catalog or not.")],
    catalog: Uri = None,
    count: Annotated[int, typer.Option(min=1, help="How many to list.")] = 10,
    model: Model = None,
    form: FormatOption = None,
    out: Out = None,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """List the photos of the catalog that look most like this one."""
    with plain_errors():
        from photoloupe.catalog.ask.similar import find_similar
        from photoloupe.catalog.row_layout import SIMILAR

        found = find_similar(open_catalog(photo, catalog), photo, count)
        with writing(SIMILAR, Format("jsonl") if as_json else form, out, force) as write:
            for row in found:
                write(row)


@app.command()
def decide(
    photos: Annotated[list[str], typer.Argument(help="Photos that were scanned.")],
    catalog: Uri = None,
    rating: Annotated[int | None, typer.Option(help="0 to 5.", show_default=False)] = None,
    decision: Annotated[
        str | None, typer.Option(help="keep or reject.", show_default=False)
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete the rating and the decision.")
    ] = False,
) -> None:
    """Save your rating or keep/reject decision, replacing any earlier one.

    Without options, print what is saved.
    """
    with plain_errors():
        from photoloupe.errors import CatalogError
        from photoloupe.media.photo import read_content

        given = rating is not None or decision is not None
        if given and forget:
            raise ValueError("--forget deletes; give it without --rating and --decision")
        base = open_catalog(photos[0], catalog)
        for photo in photos:
            sha256 = read_content(photo).sha256
            rows = base.rows_with("sha256", [sha256], ["rating", "decision"])
            if not rows:
                raise CatalogError(f"{photo}: not in {base.uri}; scan it first")
            if given or forget:
                base.decide(sha256, rating=rating, decision=decision)
            else:
                typer.echo(f"{photo}: {_decision_text(rows[0]['rating'], rows[0]['decision'])}")


def _decision_text(rating: int | None, decision: str | None) -> str:
    given = [f"rating {rating}"] * (rating is not None) + [str(decision)] * (decision is not None)
    return ", ".join(given) or "no rating and no decision"


def _catalog_of(photos: list[str], catalog: str | None, on: str | None) -> str:
    if stored := next((name for name in photos if "://" in name), None):
        if on is None:
            raise ValueError(f"{stored}: object storage needs --on ray")
        if catalog is None:
            raise ValueError(f"{stored}: name the catalog with --catalog")
    return catalog_uri(photos[0], catalog)


def _print_summary(summary: ScanSummary, uri: str) -> None:
    for error in summary.failures:
        print_error(f"photoloupe: {error}")
    print_error(f"{summary.in_words()}; {uri}")


def _print_interrupted(base: Catalog, done: int, total: int) -> None:
    print_error(
        f"photoloupe: interrupted after {done:,} of {total:,} files; {base.uri} holds "
        f"{base.count():,} photos, and the next scan continues from there"
    )
