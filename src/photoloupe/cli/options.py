"""What verbs share: options, and how mishaps are told."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from photoloupe.catalog.store import Catalog
    from photoloupe.cluster.engine import Cluster

Jobs = Annotated[int | None, typer.Option(min=1, help="Threads. [default: one a core]")]
Uri = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        envvar="PHOTOLOUPE_CATALOG",
        help="Folder or URI. [default: the nearest .photoloupe, in the photos' folder or above]",
    ),
]
On = Annotated[str | None, typer.Option("--on", help="ray: on many machines.")]
Address = Annotated[
    str | None, typer.Option(help="Of the Ray that runs. [default: what Ray finds, else this one]")
]
Actors = Annotated[int | None, typer.Option(min=1, help="With --on ray. [default: one a core]")]


ARROW = ("pyarrow", "pyarrow.compute", "pyarrow.parquet")  # rooms ask for it before LanceDB


def cluster_for(
    on: str | None, address: str | None, actors: int | None, gpus: float = 0
) -> Cluster | None:
    """What the options of a verb that many machines can do say; None: this machine alone."""
    if on not in (None, "ray"):
        raise ValueError(f"--on {on}: not ray")
    if on is None and (address or actors or gpus):
        raise ValueError("--address, --actors and --gpus go with --on ray")
    if on is None:
        return None
    try:
        from photoloupe.cluster.engine import Cluster
    except ImportError as error:
        raise ImportError(f"--on ray needs photoloupe[cluster]: {error}") from error
    return Cluster(address, actors, gpus)


def fail(error: Exception) -> NoReturn:
    """Say it in a line; exit code 2: the call cannot be done."""
    typer.echo(f"photoloupe: {error}", err=True)
    raise typer.Exit(2)


def open_catalog(near: str, uri: str | None) -> Catalog:
    from photoloupe.catalog.location import find_catalog
    from photoloupe.catalog.store import Catalog

    return Catalog(find_catalog(near, uri))


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
        if isinstance(error, ImportError) and error.name in ARROW:
            error = ImportError("a catalogue needs LanceDB: pip install 'photoloupe[catalog]'")
        fail(error)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich import progress as parts
    from rich.console import Console

    rate = parts.TextColumn("{task.fields[rate]:.0f}/s, left")
    ends = parts.MofNCompleteColumn(), rate, parts.TimeRemainingColumn()
    bar = parts.Progress(parts.BarColumn(), *ends, console=Console(stderr=True))
    with bar:
        task = bar.add_task("", total=None, rate=0.0)
        yield lambda done, total: bar.update(
            task, completed=done, total=total, rate=bar.tasks[0].speed or 0.0
        )
