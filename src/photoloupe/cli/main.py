"""The command line, put together: one file a group of verbs.

Exit codes: 0 success (crop, source: found), 1 some photo failed (crop, source: none found),
2 the command cannot be carried out.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli import (
    catalog,
    changes,
    crop,
    crops,
    evaluate,
    fix,
    inspect,
    models,
    rank,
    report,
    serve,
)
from photoloupe.version import __version__

app = typer.Typer(
    help="Inspect photographs: aesthetic score, selfies, squished photos, and crops of others.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
GROUPS = inspect, fix, crop, rank, catalog, crops, changes, report, serve, models, evaluate
for group in GROUPS:
    app.add_typer(group.app)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"photoloupe {__version__}")
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Accept file names that are not UTF-8, and print them as escapes."""
    for name in ("stdin", "stdout", "stderr"):  # None if the caller closed it
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    if not sys.warnoptions:  # of decoders: errors are reported as rows
        warnings.filterwarnings("ignore", module=r"PIL\b")
        warnings.filterwarnings("ignore", module=r"photoloupe\b")
