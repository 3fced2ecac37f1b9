"""The verbs that search a collection for crops: crops, source, dismiss."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from photoloupe.crops.cache import CropCache
    from photoloupe.crops.search import Found, Tell

app = typer.Typer()

Folders = Annotated[list[str], typer.Argument(help="Folders, files, globs, or - for a list.")]
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
Jobs = Annotated[int | None, typer.Option(min=1, help="Threads. [default: one a core]")]
Search = Callable[["CropCache | None", "Tell"], "Iterator[Found]"]


def fail(error: Exception) -> NoReturn:
    """Say it in a line; exit code 2: the call cannot be done."""
    typer.echo(f"photoloupe: {error}", err=True)
    raise typer.Exit(2)


@app.command()
def crops(
    photos: Folders,
    form: Form = None,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
) -> None:
    """List every crop among the photos, and every photo that is there twice."""
    from photoloupe.paths import list_photos

    def search(memory: CropCache | None, tell: Tell) -> Iterator[Found]:
        from photoloupe.crops.search import find_crops

        return find_crops(list_photos(photos, sys.stdin), cache=memory, jobs=jobs, tell=tell)

    _, failed = _show(search, form, cache, no_cache)
    if failed:
        typer.echo(f"photoloupe: {failed} failed", err=True)
        raise typer.Exit(1)


@app.command()
def source(  # noqa: PLR0917 (typer reads options off the signature)
    photo: Annotated[str, typer.Argument(help="A photo that may be a crop.")],
    within: Annotated[list[str], typer.Option("--in", help="Where to look; may be repeated.")],
    form: Form = None,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    jobs: Jobs = None,
) -> None:
    """Find the photo that another one was cut from, and the box. Exit code 0 found, 1 not."""
    from photoloupe.paths import list_photos

    def search(memory: CropCache | None, tell: Tell) -> Iterator[Found]:
        from photoloupe.crops.search import find_source

        listed = list_photos(within, sys.stdin)
        return find_source(photo, listed, cache=memory, jobs=jobs, tell=tell)

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
        from photoloupe.crops.cache import CropCache
        from photoloupe.photo import open_photo

        a_sha256, b_sha256 = (open_photo(name, min_pixels=1).facts.sha256 for name in (a, b))
        with CropCache(cache) as memory:
            memory.dismiss(a_sha256, b_sha256, undo=undo)


def _show(search: Search, form: str | None, cache: Path | None, no_cache: bool) -> tuple[int, int]:
    """Print rows as they are found -> numbers of relations and of photos that failed."""
    form = form or ("table" if sys.stdout.isatty() else "jsonl")
    counts = [0, 0]
    with told(), ExitStack() as stack:
        from photoloupe.crops.cache import CropCache
        from photoloupe.errors import PhotoError
        from photoloupe.relation_listing import WRITERS, progress

        if form not in WRITERS:
            raise ValueError(f"--format {form}: not one of {', '.join(WRITERS)}")
        memory = None if no_cache else stack.enter_context(CropCache(cache))
        write = stack.enter_context(WRITERS[form](sys.stdout))
        for row in search(memory, stack.enter_context(progress())):
            counts[isinstance(row, PhotoError)] += 1
            write(row)
        sys.stdout.flush()
    return counts[0], counts[1]


@contextmanager
def told() -> Iterator[None]:
    """Mistakes and mishaps in a line, not a traceback."""
    from photoloupe.errors import PhotoloupeError

    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader has seen enough
            raise
        fail(error)
    except (PhotoloupeError, ImportError, ValueError) as error:
        fail(error)
