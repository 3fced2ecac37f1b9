"""evaluate: a model measured on photos that people rated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photoloupe.cli.options import Jobs, end, plain_errors
from photoloupe.output.layout import error_line

if TYPE_CHECKING:
    from photoloupe.figures import Figure
    from photoloupe.models.card import Card
    from photoloupe.report import PhotoReport
    from photoloupe.uses.evaluate import Survey

app = typer.Typer()
verb = typer.Typer(help="Measure a model on photos whose answers are known.", no_args_is_help=True)
app.add_typer(verb, name="evaluate")


@verb.callback()
def _one_question_a_verb() -> None:
    """Measure a model on photos whose answers are known."""


@verb.command()
def aesthetics(  # noqa: PLR0917 (typer reads options off the signature)
    data: Annotated[
        Path, typer.Option(help="Folder that the paths in the labels are relative to.")
    ],
    labels: Annotated[
        Path,
        typer.Option(help="CSV with path and score, or count_1 to count_10; AVA.txt; or OASIS."),
    ],
    model: Annotated[
        Path | None,
        typer.Option(help="A card, or the folder of a run.", show_default="the shipped model"),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Only photos with this value in the column `split`.", show_default="all photos"
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="Column whose equal values make photos count as one in the intervals.",
            show_default="every photo counts",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    jobs: Jobs = None,
) -> None:
    """Correlation, error and accuracy of the scores, next to the baseline of a constant.

    A missing or unreadable photo is reported and counted, and the exit code is then 1.
    """
    with plain_errors():
        from photoloupe.inspector import Inspector
        from photoloupe.output.progress import progress_bar
        from photoloupe.uses.evaluate import ask, of_split, rating_figures, survey
        from photoloupe.uses.ratings import read_labels

        if not data.is_dir():
            raise NotADirectoryError(f"--data {data}: not a folder")
        cards = _cards(model)
        known = survey(labels, split, group)
        inspector = Inspector(cards, jobs=jobs, only=["aesthetics"])
        _warn(known, split)
        with progress_bar() as show:
            rated = of_split(read_labels(labels), split)
            answers = ask(inspector, rated, data, group=group, tell=_teller(show, known.photos))
        figures = rating_figures(answers, known.train_mean) if len(answers.truth) else []
    versions = ", ".join(card.version for card in cards)
    _print(versions, len(answers.truth), answers.failed, figures, as_json=as_json)
    end(answers.failed)


def _cards(model: Path | None) -> list[Card]:
    from photoloupe.models.card import find_card
    from photoloupe.models.installed import installed_cards

    if model is not None:
        return [find_card(model)]
    return [card for card in installed_cards() if "aesthetics" in card.tasks]


def _warn(known: Survey, split: str | None) -> None:
    """Photos that a model was taught on are no test of it."""
    if split is None and known.splits:
        parts = ", ".join(f"{name} {count}" for name, count in sorted(known.splits.items()))
        typer.echo(f"photoloupe: all splits are measured ({parts}); --split takes one", err=True)


def _teller(show: Callable[[int, int], None], total: int) -> Callable[[PhotoReport], None]:
    """Counts reports for the bar, and prints photos that could not be read."""
    done = 0

    def tell(report: PhotoReport) -> None:
        nonlocal done
        done += 1
        show(done, total)
        if report.error is not None:
            typer.echo(error_line(report.error), err=True)

    return tell


def _print(model: str, photos: int, failed: int, figures: list[Figure], *, as_json: bool) -> None:
    import json

    if as_json:
        said = {"model": model, "photos": photos, "failed": failed, "figures": figures}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo(f"{model} on {photos} photo{'s' * (photos != 1)}")
    for figure in figures:
        typer.echo(f"  {figure['name']:<56} {figure['text']}")
