"""Reports as rows: a table for eyes, JSON lines or CSV for programs; progress meanwhile."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TextIO

from photoloupe.results import TASKS, PhotoReport

Write = Callable[[PhotoReport], None]


@contextmanager
def jsonl(out: TextIO) -> Iterator[Write]:
    """`PhotoReport.to_dict()`, one line a photo."""
    yield lambda report: print(json.dumps(report.to_dict(), ensure_ascii=False), file=out)


COLUMNS = (
    "path", "sha256", "width", "height", "format",
    "squish.width_ratio", "squish.height_ratio", "squish.squished", "squish.confidence",
    "squish.unsure", "squish.evidence",
    "selfie.probability", "selfie.is_selfie", "selfie.evidence",
    "aesthetics.score", "aesthetics.std", *(f"aesthetics.distribution.{k}" for k in range(1, 11)),
    "model.squish", "model.selfie", "model.aesthetics", "error.code", "error.message",
)  # fmt: skip


@contextmanager
def csv_rows(out: TextIO) -> Iterator[Write]:
    """The same values, one column each; absent ones are empty."""
    rows = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    yield lambda report: rows.writerow(dict(flat(report.to_dict())))


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values -> one pair a CSV column: `aesthetics.score`, 5.7."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif key == "distribution":
            yield from ((f"{prefix}{key}.{rating}", p) for rating, p in enumerate(value, 1))
        else:
            yield f"{prefix}{key}", "; ".join(value) if isinstance(value, list) else value


LAYOUT = "{:>5}  {:>6}  {:<17}  {:>13}  {}"


@contextmanager
def table(out: TextIO) -> Iterator[Write]:
    """Fixed columns, the name last, so that rows can be printed as they come."""
    print(LAYOUT.format("score", "selfie", "squish", "size", "photo"), file=out)
    yield lambda report: print(_table_row(report), file=out)


def _table_row(report: PhotoReport) -> str:
    path = report.path
    if report.error:
        return f"error  {path}: {report.error.message} [{report.error.code}]"
    squish, selfie, aesthetics = report.squish, report.selfie, report.aesthetics
    return LAYOUT.format(
        f"{aesthetics.score:.1f}" if aesthetics else "-",
        f"{selfie.probability:.0%}" if selfie else "-",
        squish.in_words() if squish else "-",
        f"{report.width} x {report.height}",
        path,
    )


@contextmanager
def paths(out: TextIO) -> Iterator[Write]:
    """A file name a line, as bytes, for a pipeline; what cannot be read goes to standard error."""

    def write(report: PhotoReport) -> None:
        if report.error:
            print(_table_row(report), file=sys.stderr)
        else:
            out.flush()
            out.buffer.write(os.fsencode(report.path) + b"\n")

    yield write


WRITERS: dict[str, Callable[[TextIO], AbstractContextManager[Write]]] = {
    "table": table,
    "jsonl": jsonl,
    "csv": csv_rows,
    "paths": paths,
}

CONDITIONS: dict[str, Callable[[PhotoReport], bool]] = {
    "selfie": lambda report: bool(report.selfie and report.selfie.is_selfie),
    "squished": lambda report: bool(report.squish and report.squish.squished),
    "unsure": lambda report: bool(report.squish and report.squish.unsure),
}
CONDITION_TASKS = {"selfie": "selfie", "squished": "squish", "unsure": "squish"}


def only_those(
    reports: Iterable[PhotoReport], condition: str | None, tasks: Sequence[str]
) -> Iterator[PhotoReport]:
    """Reports for which a condition holds, and all errors; of their answers, those to `tasks`.

    condition: a key of CONDITIONS, or None for every report; tasks: all if there are none.
    """
    left_out: dict[str, Any] = {task: None for task in TASKS if tasks and task not in tasks}
    for report in reports:
        if report.error or condition is None or CONDITIONS[condition](report):
            yield replace(report, **left_out)


def watch(reports: Iterable[PhotoReport]) -> Iterator[PhotoReport]:
    """Pass reports on; show their number and rate on standard error, if that is a terminal."""
    if not sys.stderr.isatty() or sys.stdout.isatty():  # rows on the terminal are progress enough
        yield from reports
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed} photos, {task.fields[rate]:.0f}/s")
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None, rate=0.0)
        for report in reports:
            progress.update(task, advance=1, rate=progress.tasks[0].speed or 0.0)
            yield report
