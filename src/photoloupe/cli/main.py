"""The command line: one function a verb, each a thin call into the library.

Exit codes: 0 all is well (crop: yes), 1 some photo failed (crop: no), 2 the call cannot be done.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.catalog import app as collection_verbs
from photoloupe.cli.changes import app as changing_verbs
from photoloupe.cli.crops import app as search_verbs
from photoloupe.cli.evaluate import app as evaluate_verb
from photoloupe.cli.export import app as export_verb
from photoloupe.cli.fix import app as fix_verb
from photoloupe.cli.options import told
from photoloupe.cli.rank import app as rank_verb
from photoloupe.cli.report import app as report_verb
from photoloupe.cli.serve import app as serve_verb

app = typer.Typer(
    help="Looks closely at photographs: how good, a selfie, squished, cropped from that one?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(search_verbs)
app.add_typer(fix_verb)
app.add_typer(export_verb)
app.add_typer(rank_verb)
app.add_typer(collection_verbs)
app.add_typer(changing_verbs)
app.add_typer(report_verb)
app.add_typer(evaluate_verb)
app.add_typer(serve_verb)


@app.callback()
def _any_file_name() -> None:
    """File names are bytes: let those that are no UTF-8 in, and out as escapes."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


@app.command()
def inspect(
    photos: Annotated[
        list[str],
        typer.Argument(help="Files, folders, globs, or - for a list on standard input."),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="table, jsonl, csv or paths. [default: paths with --if, else table on a terminal, "
            "else jsonl]",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="squish, selfie or aesthetics: answer this; may be given again."),
    ] = None,
    condition: Annotated[
        str | None,
        typer.Option("--if", help="selfie, squished or unsure: only photos that are."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Decoding threads. [default: one a core]")
    ] = None,
) -> None:
    """Answer every question about every photo; what cannot be read is a row that says why."""
    from photoloupe.inspector import Inspector
    from photoloupe.media.paths import list_photos
    from photoloupe.output.reports import WRITERS, only_those, watch
    from photoloupe.questions.registry import QUESTIONS, conditions

    form = form or ("paths" if condition else "table" if sys.stdout.isatty() else "jsonl")
    failed = 0
    with told():
        _check("--format", [form], WRITERS)
        _check("--if", [condition] if condition else [], conditions())
        _check("--only", only or [], QUESTIONS)
        asked = {*(only or QUESTIONS), *([conditions()[condition]] if condition else [])}
        inspector = Inspector(jobs=jobs, only=asked)
        reports = watch(inspector.stream(list_photos(photos, sys.stdin)))
        with WRITERS[form](sys.stdout) as write:
            for report in only_those(reports, condition, only or ()):
                failed += report.error is not None
                write(report)
        sys.stdout.flush()
    if failed:
        typer.echo(f"photoloupe: {failed} failed", err=True)
        raise typer.Exit(1)


def _check(option: str, given: list[str], known: Iterable[str]) -> None:
    for value in given:
        if value not in known:
            raise ValueError(f"{option} {value}: not one of {', '.join(known)}")


@app.command()
def crop(
    a: Annotated[str, typer.Argument(help="A photo.")],
    b: Annotated[str, typer.Argument(help="Another, in either order.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
    draw: Annotated[
        Path | None,
        typer.Option(help="Save a picture (PNG): the box on the source, the crop, what differs."),
    ] = None,
    sensor: Annotated[
        bool, typer.Option(help="Give the box as the file stores it, before EXIF orientation.")
    ] = False,
) -> None:
    """Is one of two photos cut out of the other, and from which box?

    Exit code 0 yes, 1 no (also if they overlap or are mirrored, or it cannot be told).
    """
    import json

    from photoloupe.crops.compare import compare
    from photoloupe.crops.crop import NO_RELATION
    from photoloupe.crops.draw import draw_crop

    with told():
        found = compare(a, b)
        if found is not None and found.box and draw:
            draw_crop(found, draw)
    if as_json:
        typer.echo(json.dumps(found.to_dict() if found is not None else NO_RELATION))
    elif found is None:
        typer.echo(f"neither {a} nor {b} is cut out of the other")
    else:
        typer.echo(found.in_words(sensor=sensor))
    raise typer.Exit(0 if found else 1)


@app.command()
def models() -> None:
    """List the installed models, what they answer and how well."""
    from photoloupe.models.card import installed_cards

    with told():
        for card in installed_cards():
            typer.echo(card.in_words())


@app.command()
def train(  # noqa: PLR0917 (typer reads options off the signature)
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/lite0_trio.toml.")],
    data: Annotated[Path, typer.Option(help="Folder that the recipe's tables are in.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, log, model and card.")],
    weights: Annotated[
        Path | None, typer.Option(help="Published weights of the trunk. [default: random]")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Loader processes a task.")] = 1,
    quick: Annotated[bool, typer.Option(help="A tiny run that only shows that it runs.")] = False,
) -> None:
    """Train a model, measure it on held-out photos, write it with its card; resumes if stopped."""
    with told():
        try:
            from photoloupe.training.run import run_recipe
        except ImportError as error:
            raise ImportError(f"training needs photoloupe[train]: {error}") from error
        typer.echo(run_recipe(recipe, data, out, weights=weights, workers=workers, quick=quick))
