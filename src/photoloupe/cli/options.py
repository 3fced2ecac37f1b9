"""What verbs share: their common options, what they open, and how errors are worded."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from photoloupe.cli.streams import discard
from photoloupe.output.formats import FORMATS

if TYPE_CHECKING:
    from photoloupe.catalog.store import Catalog
    from photoloupe.cluster.engine import Cluster

    class Format(Enum):
        """The names of the registered output formats."""
else:
    Format = Enum("Format", {name: name for name in FORMATS})

FAILED, CANNOT = 1, 2  # exit codes: some photo failed; the call cannot be done
INTERRUPTED = 130  # by Ctrl-C, as shells count it

Photos = Annotated[
    list[str],
    typer.Argument(help="Files, folders, globs, or - for a list on standard input."),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Decoding threads.", show_default="one a core")
]


def _choose_model(context: typer.Context, name: str | None) -> str | None:
    """The model that this command asks, wherever it does, and the processes that it starts."""
    if name:
        context.call_on_close(partial(_restore, MODEL_VARIABLE, os.environ.get(MODEL_VARIABLE)))
        os.environ[MODEL_VARIABLE] = name
    return name


def _restore(variable: str, value: str | None) -> None:
    os.environ.pop(variable, None)
    if value is not None:
        os.environ[variable] = value


MODEL_VARIABLE = "PHOTOLOUPE_MODEL"
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="best, fast, or a model of your own: its card, or the folder of its run.",
        show_default=f"${MODEL_VARIABLE}, else best",
        callback=_choose_model,
    ),
]
Uri = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        envvar="PHOTOLOUPE_CATALOG",
        help="Folder or URI of the catalog.",
        show_default="the nearest .photoloupe, in the photos' folder or above",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format", help="How rows are printed.", show_default="table on a terminal, else jsonl"
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Write rows to this new file.", show_default="standard output"),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file of --out if it exists.")]
On = Annotated[
    str | None,
    typer.Option("--on", help="ray: run on many machines.", show_default="this machine"),
]
Address = Annotated[
    str | None,
    typer.Option(
        help="With --on ray: address of a running Ray cluster.",
        show_default="the cluster that Ray finds, else this machine",
    ),
]
Actors = Annotated[
    int | None,
    typer.Option(min=1, help="With --on ray: number of actors.", show_default="one a core"),
]


# --- what verbs need -----------------------------------------------------------------------------


def open_catalog(near: str, uri: str | None) -> Catalog:
    """The catalog of a verb. near: a photo or folder to look for it from. Raises CatalogError."""
    from photoloupe.catalog.store import Catalog

    return Catalog(catalog_uri(near, uri))


def catalog_uri(near: str, uri: str | None) -> str:
    """Where a verb's catalog lies; a folder of photos stands for the catalog inside it."""
    from photoloupe.catalog.location import find_catalog

    return find_catalog(near, uri)


def listed(names: list[str]) -> Iterator[str]:
    """As `list_photos`, with `-` for standard input; prints what is passed over to stderr."""
    from photoloupe.media.paths import PassedOver, list_photos

    none, passed = True, PassedOver()
    for path in list_photos(names, sys.stdin, passed):
        none = False
        yield path
    if text := passed.in_words():
        typer.echo(f"photoloupe: {text}", err=True)
    if none:
        typer.echo(f"photoloupe: no photos in {', '.join(names)}", err=True)


def cluster_for(
    on: str | None, address: str | None, actors: int | None, gpus: float = 0
) -> Cluster | None:
    """The cluster that the options name; None: this machine alone.

    Raises ValueError for options that contradict each other, ImportError without Ray.
    """
    if on not in (None, "ray"):
        raise ValueError(f"--on {on}: only ray is known")
    if on is None and (address or actors or gpus):
        raise ValueError("--address, --actors and --gpus need --on ray")
    if on is None:
        return None
    with needs("cluster", "--on ray"):
        from photoloupe.cluster.engine import Cluster
    return Cluster(address, actors, gpus)


# --- errors --------------------------------------------------------------------------------------


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Imports inside that fail name the extra to install. Raises ImportError."""
    try:
        yield
    except ImportError as error:
        if "pip install" in str(error):
            raise
        raise ImportError(f"{what} needs more: pip install 'photoloupe[{extra}]'") from error


def fail(message: object) -> NoReturn:
    """Print one line on standard error and exit with code 2: the call cannot be done."""
    typer.echo(f"photoloupe: {message}", err=True)
    raise typer.Exit(CANNOT)


def end(failed: int) -> None:
    """Exit with code 1 if photos failed, and print how many."""
    if failed:
        typer.echo(f"photoloupe: {failed} failed", err=True)
        raise typer.Exit(FAILED)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Errors in one line, in our words, with exit code 2; never a traceback."""
    from photoloupe.errors import PhotoloupeError

    try:
        yield
    except BrokenPipeError:  # the reader has enough, as in `| head`
        raise
    except OSError as error:
        if error.filename is None:  # of standard output, which Python would flush again at exit
            discard(sys.stdout)
        fail(os_error_text(error))
    except ImportError as error:
        fail(missing_text(error))
    except (PhotoloupeError, ValueError) as error:
        fail(error)


def os_error_text(error: OSError) -> str:
    """What the system refuses, and of which file, without its error number."""
    from photoloupe.errors import system_reason

    reason = system_reason(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason}"
    return f"cannot write: {reason}" if error.errno in (errno.ENOSPC, errno.EDQUOT) else reason


EXTRAS = {
    "lancedb": "catalog", "lance": "cluster", "pyarrow": "catalog", "faiss": "search",
    "ray": "cluster", "fsspec": "cluster", "fastapi": "server", "uvicorn": "server",
    "starlette": "server", "prometheus_client": "server", "multipart": "server",
    "torch": "train", "lightning": "train", "onnx": "train", "onnxscript": "train",
    "pydantic": "train", "scipy": "train", "transformers": "train", "tensorboard": "train",
}  # fmt: skip


def missing_text(error: ImportError) -> str:
    """Which extra to install for a library that is not there."""
    library = (error.name or "").partition(".")[0]
    if "pip install" in str(error) or library not in EXTRAS:
        return str(error)
    return f"{library} is not installed: pip install 'photoloupe[{EXTRAS[library]}]'"
