"""inspect: every question about every photo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from photoloupe.cli.options import (
    Force,
    Format,
    Jobs,
    Model,
    Out,
    Photos,
    end,
    listed,
    plain_errors,
)
from photoloupe.cli.printing import writing

app = typer.Typer()


@app.command()
def inspect(  # noqa: PLR0917 (typer reads options off the signature)
    photos: Photos,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="How rows are printed.",
            show_default="paths with --if, else table on a terminal, else jsonl",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Answer only this: squish, selfie or aesthetics; repeatable.",
            show_default="every question",
        ),
    ] = None,
    condition: Annotated[
        str | None,
        typer.Option(
            "--if",
            help="Print only photos of which this holds: selfie, squished or unsure.",
            show_default="all photos",
        ),
    ] = None,
    model: Model = None,
    out: Out = None,
    force: Force = False,
    jobs: Jobs = None,
) -> None:
    """Answer every question about every photo; unreadable files are reported as error rows."""
    failed = 0
    with plain_errors():
        from photoloupe.inspector import Inspector
        from photoloupe.output.progress import watch
        from photoloupe.output.reports import only_those, report_layout
        from photoloupe.questions.registry import QUESTIONS, conditions

        _check("--if", [condition] if condition else [], conditions())
        _check("--only", only or [], QUESTIONS)
        asked = {*(only or QUESTIONS), *([conditions()[condition]] if condition else [])}
        form = form or (Format("paths") if condition else None)
        with writing(report_layout(), form, out, force) as write:
            inspector = Inspector(jobs=jobs, only=asked)
            reports = watch(inspector.stream(listed(photos)))
            for report in only_those(reports, condition, only or ()):
                failed += report.error is not None
                write(report)
    end(failed)


def _check(option: str, given: list[str], choices: Iterable[str]) -> None:
    for value in given:
        if value not in choices:
            raise ValueError(f"{option} {value}: not one of {', '.join(choices)}")
