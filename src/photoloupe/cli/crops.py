"""The verbs that search a collection for crops: crops, source, dismiss."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import Actors, Address, Jobs, On, Uri, cluster_for, open_catalog, told

if TYPE_CHECKING:
    from photoloupe.crop_search.cache import CropCache
    from photoloupe.crop_search.search import Found, Progress

app = typer.Typer()

Folders = Annotated[
    list[str] | None,
    typer.Argument(help="Folders, files, globs, or - for a list. [default: the catalogue]"),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format", help="table, jsonl or csv. [default: table on a terminal, else jsonl]"
    ),
]
CacheFile = Annotated[
    Path | None,
    typer.Option("--cache", help="Where codes and dismissals are kept. [default: user's cache]"),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Remember nothing, and what was dismissed neither.")
]
Search = Callable[["CropCache | None", "Progress"], "Iterator[Found]"]


@app.command()
def crops(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Folders = None,
    form: Form = None,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
    catalog: Uri = None,
    groups: Annotated[
        bool, typer.Option("--groups", help="JSON lines: connected photos, the original first.")
    ] = False,
    on: On = None,
    address: Address = None,
    actors: Actors = None,
) -> None:
    """List every crop among the photos, and every photo that is there twice."""

    def search(memory: CropCache | None, tell: Progress) -> Iterator[Found]:
        from photoloupe.crop_search.search import find_crops, relate
        from photoloupe.media.paths import list_photos

        cluster = cluster_for(on, address, actors)
        if photos and cluster:
            raise ValueError("--on ray: searches a catalogue; photoloupe scan --crops makes one")
        if photos:
            return find_crops(
                list_photos(photos, sys.stdin), cache=memory, jobs=jobs, progress=tell
            )
        dismissed = memory.dismissed() if memory else set()
        if cluster:
            from photoloupe.cluster import find_crops as find_there

            base = open_catalog(".", catalog)
            return find_there(base, dismissed=dismissed, cluster=cluster, tell=tell)
        from photoloupe.catalog.ask.relations import catalog_codes

        return relate(
            catalog_codes(open_catalog(".", catalog)), dismissed, jobs=jobs, progress=tell
        )

    if groups:
        failed = _show_groups(search, photos, catalog, cache, no_cache)
    else:
        _, failed = _show(search, form, cache, no_cache)
    if failed:
        typer.echo(f"photoloupe: {failed} failed", err=True)
        raise typer.Exit(1)


@app.command()
def source(  # noqa: PLR0917 (typer reads options off the signature)
    photo: Annotated[str, typer.Argument(help="A photo that may be a crop.")],
    within: Annotated[
        list[str] | None,
        typer.Option("--in", help="Where to look; may be repeated. [default: the catalogue]"),
    ] = None,
    form: Form = None,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
    catalog: Uri = None,
) -> None:
    """Find the photo that another one was cut from, and the box. Exit code 0 found, 1 not."""

    def search(memory: CropCache | None, tell: Progress) -> Iterator[Found]:
        from photoloupe.crop_search.coding import code_of
        from photoloupe.crop_search.search import find_source, find_source_among
        from photoloupe.media.paths import list_photos

        if within:
            listed = list_photos(within, sys.stdin)
            return find_source(photo, listed, cache=memory, jobs=jobs, progress=tell)
        from photoloupe.catalog.ask.relations import catalog_codes

        query, dismissed = code_of(photo, memory), memory.dismissed() if memory else set()
        return find_source_among(
            query, catalog_codes(open_catalog(photo, catalog)), dismissed, jobs=jobs, progress=tell
        )

    found, failed = _show(search, form, cache, no_cache)
    if failed:
        typer.echo(f"photoloupe: {failed} failed", err=True)
    if failed or not found:
        raise typer.Exit(1)


@app.command()
def dismiss(
    a: Annotated[str, typer.Argument(help="A photo.")],
    b: Annotated[str, typer.Argument(help="Another, in either order.")],
    undo: Annotated[bool, typer.Option("--undo", help="Forget that they were dismissed.")] = False,
    cache: CacheFile = None,
) -> None:
    """Never list these two again, wherever they move: keyed by content, not by name."""
    with told():
        from photoloupe.crop_search.cache import CropCache
        from photoloupe.media.photo import open_photo

        a_sha256, b_sha256 = (open_photo(name, min_pixels=1).facts.sha256 for name in (a, b))
        with CropCache(cache) as memory:
            memory.dismiss(a_sha256, b_sha256, undo=undo)


def _show(search: Search, form: str | None, cache: Path | None, no_cache: bool) -> tuple[int, int]:
    """Print rows as they are found -> numbers of relations and of photos that failed."""
    form = form or ("table" if sys.stdout.isatty() else "jsonl")
    counts = [0, 0]
    with told(), ExitStack() as stack:
        from photoloupe.crop_search.cache import CropCache
        from photoloupe.errors import PhotoError
        from photoloupe.output.relations import WRITERS, progress

        if form not in WRITERS:
            raise ValueError(f"--format {form}: not one of {', '.join(WRITERS)}")
        memory = None if no_cache else stack.enter_context(CropCache(cache))
        write = stack.enter_context(WRITERS[form](sys.stdout))
        for row in search(memory, stack.enter_context(progress())):
            counts[isinstance(row, PhotoError)] += 1
            write(row)
        sys.stdout.flush()
    return counts[0], counts[1]


def _show_groups(
    search: Search, photos: list[str] | None, uri: str | None, cache: Path | None, no_cache: bool
) -> int:
    """Print groups once all relations are found -> number of photos that failed."""
    import json

    with told(), ExitStack() as stack:
        from photoloupe.catalog.ask.relations import make_families
        from photoloupe.crop_search.cache import CropCache
        from photoloupe.errors import PhotoError
        from photoloupe.output.relations import progress

        if photos:
            raise ValueError("--groups: of a catalogue only; photoloupe scan --crops makes one")
        memory = None if no_cache else stack.enter_context(CropCache(cache))
        with progress() as tell:
            rows = list(search(memory, tell))
        relations = [row for row in rows if not isinstance(row, PhotoError)]
        for group in make_families(open_catalog(".", uri), relations):
            typer.echo(json.dumps(group.to_dict(), ensure_ascii=False))
    return len(rows) - len(relations)
