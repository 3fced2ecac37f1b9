"""crops, source, dismiss: crops among many photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import (
    FAILED,
    Actors,
    Address,
    Force,
    Format,
    FormatOption,
    Jobs,
    On,
    Out,
    Uri,
    cluster_for,
    end,
    listed,
    needs,
    open_catalog,
    plain_errors,
)
from photoloupe.cli.printing import writing

if TYPE_CHECKING:
    from photoloupe.crop_search.cache import CropCache
    from photoloupe.crop_search.search import Found, Progress

app = typer.Typer()

Folders = Annotated[
    list[str] | None,
    typer.Argument(
        help="Folders, files, globs, or - for a list on standard input.",
        show_default="the photos of the catalog",
    ),
]
CacheFile = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        help="File that keeps the features that crops are found by.",
        show_default="in the user's cache folder",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Ignore the cache; dismissed pairs are listed again."),
]
Search = Callable[["CropCache | None", "Progress"], "Iterator[Found]"]


@app.command()
def crops(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Folders = None,
    form: FormatOption = None,
    out: Out = None,
    force: Force = False,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
    catalog: Uri = None,
    groups: Annotated[
        bool,
        typer.Option(
            "--groups", help="Print groups of connected photos as JSON lines, originals first."
        ),
    ] = False,
    on: On = None,
    address: Address = None,
    actors: Actors = None,
) -> None:
    """List every crop among the photos, and every photo that exists twice."""

    def search(memory: CropCache | None, tell: Progress) -> Iterator[Found]:
        from photoloupe.crop_search.search import find_crops, relate

        cluster = cluster_for(on, address, actors)
        if photos and cluster:
            raise ValueError("--on ray searches a catalog; photoloupe scan --crops makes one")
        if photos:
            near = "." if photos[0] == "-" else photos[0]
            dismissed = _dismissed(near, catalog, cache, no_cache)
            return find_crops(
                listed(photos), cache=memory, dismissed=dismissed, jobs=jobs, progress=tell
            )
        dismissed = _dismissed(".", catalog, cache, no_cache)
        if cluster:
            from photoloupe.cluster import find_crops as find_there

            base = open_catalog(".", catalog)
            return find_there(base, dismissed=dismissed, cluster=cluster, tell=tell)
        from photoloupe.catalog.ask.relations import catalog_codes

        return relate(
            catalog_codes(open_catalog(".", catalog)), dismissed, jobs=jobs, progress=tell
        )

    if groups:
        failed = _print_groups(search, photos, catalog, cache, no_cache)
    else:
        with plain_errors(), ExitStack() as stack:
            _, failed = _print_relations(search, form, out, force, _memory(stack, cache, no_cache))
    end(failed)


@app.command()
def source(  # noqa: PLR0917 (typer reads options off the signature)
    photo: Annotated[str, typer.Argument(help="A photo that may be a crop.")],
    within: Annotated[
        list[str] | None,
        typer.Option(
            "--in", help="Photos to search; repeatable.", show_default="the photos of the catalog"
        ),
    ] = None,
    form: FormatOption = None,
    out: Out = None,
    force: Force = False,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
    catalog: Uri = None,
) -> None:
    """Find the photo that another one was cut from, and the box. Exit code 0: found, 1: not."""

    def search(memory: CropCache | None, tell: Progress) -> Iterator[Found]:
        from photoloupe.crop_search.read_codes import code_of
        from photoloupe.crop_search.search import find_source, find_source_among

        dismissed = _dismissed(photo, catalog, cache, no_cache)
        if within:
            return find_source(
                photo, listed(within), cache=memory, dismissed=dismissed, jobs=jobs, progress=tell
            )
        from photoloupe.catalog.ask.relations import catalog_codes

        query = code_of(photo, memory)
        return find_source_among(
            query, catalog_codes(open_catalog(photo, catalog)), dismissed, jobs=jobs, progress=tell
        )

    with plain_errors(), ExitStack() as stack:
        memory = _memory(stack, cache, no_cache)
        found, failed = _print_relations(search, form, out, force, memory)
    end(failed)
    if not found:
        raise typer.Exit(FAILED)


@app.command()
def dismiss(
    a: Annotated[str, typer.Argument(help="A photo.")],
    b: Annotated[str, typer.Argument(help="Another photo, in either order.")],
    undo: Annotated[bool, typer.Option("--undo", help="List these two again.")] = False,
    cache: CacheFile = None,
    catalog: Uri = None,
) -> None:
    """Never list these two photos as related again. Goes by content: files may be moved.

    This is kept in the photos' catalog if there is one, else in your data folder.
    """
    with plain_errors():
        from photoloupe.catalog.location import catalog_folder
        from photoloupe.crop_search.dismissals import Dismissals
        from photoloupe.media.photo import open_photo

        a_sha256, b_sha256 = (open_photo(name, min_pixels=1).facts.sha256 for name in (a, b))
        dismissals = Dismissals(catalog_folder(a, catalog), cache)
        change = dismissals.remove if undo else dismissals.add
        change(a_sha256, b_sha256)


def _dismissed(
    near: str, catalog: str | None, cache: Path | None, no_cache: bool
) -> set[tuple[str, str]]:
    """Dismissed pairs of the catalog of these photos and of the user; none with --no-cache."""
    from photoloupe.catalog.location import catalog_folder
    from photoloupe.crop_search.dismissals import Dismissals

    return set() if no_cache else Dismissals(catalog_folder(near, catalog), cache).pairs()


def _memory(stack: ExitStack, cache: Path | None, no_cache: bool) -> CropCache | None:
    """The open cache, None with --no-cache. Raises ImportError without FAISS, CatalogError."""
    with needs("search", "crop search"):
        from photoloupe.crop_search.cache import CropCache

    return None if no_cache else stack.enter_context(CropCache(cache))


def _print_relations(
    search: Search,
    form: Format | None,
    out: Path | None,
    force: bool,
    memory: CropCache | None,
) -> tuple[int, int]:
    """Print rows as they are found -> numbers of relations and of photos that failed."""
    from photoloupe.errors import PhotoError
    from photoloupe.output.progress import stage_counts
    from photoloupe.output.relations import RELATIONS

    counts = [0, 0]
    with writing(RELATIONS, form, out, force) as write, stage_counts() as tell:
        for row in search(memory, tell):
            counts[isinstance(row, PhotoError)] += 1
            write(row)
    return counts[0], counts[1]


def _print_groups(
    search: Search, photos: list[str] | None, uri: str | None, cache: Path | None, no_cache: bool
) -> int:
    """Print groups once all relations are found -> number of photos that failed."""
    import json

    with plain_errors(), ExitStack() as stack:
        memory = _memory(stack, cache, no_cache)
        from photoloupe.catalog.ask.families import make_families
        from photoloupe.errors import PhotoError
        from photoloupe.output.progress import stage_counts

        if photos:
            raise ValueError("--groups needs a catalog; photoloupe scan --crops makes one")
        with stage_counts() as tell:
            rows = list(search(memory, tell))
        relations = [row for row in rows if not isinstance(row, PhotoError)]
        for group in make_families(open_catalog(".", uri), relations):
            typer.echo(json.dumps(group.to_dict(), ensure_ascii=False))
    return len(rows) - len(relations)
