"""Reports as rows: a table for eyes, JSON lines or CSV for programs; progress meanwhile."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO

from photoloupe.questions.question import Cell
from photoloupe.questions.registry import QUESTIONS, holds
from photoloupe.report import PhotoReport

Write = Callable[[PhotoReport], None]
FACTS = ("path", "sha256", "width", "height", "format")


@contextmanager
def jsonl(out: TextIO) -> Iterator[Write]:
    """`PhotoReport.to_dict()`, one line a photo."""
    yield lambda report: print(json.dumps(report.to_dict(), ensure_ascii=False), file=out)


def columns() -> list[str]:
    """CSV columns: the keys of `PhotoReport.to_dict()`, nested ones with a dot."""
    answers = [
        f"{name}.{value.name}.{number}" if number else f"{name}.{value.name}"
        for name, question in QUESTIONS.items()
        for value in question.values
        for number in (range(1, value.count + 1) if value.count else [0])
    ]
    models = [f"model.{name}" for name in QUESTIONS]
    return [*FACTS, *answers, *models, "error.code", "error.message"]


@contextmanager
def csv_rows(out: TextIO) -> Iterator[Write]:
    """The same values, one column each; absent ones are empty."""
    rows = csv.DictWriter(out, columns(), restval="", extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    yield lambda report: rows.writerow(dict(flat(report.to_dict())))


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values -> one pair a CSV column: `aesthetics.score`, 5.7.

    Sentences are joined by semicolons; numbers of a list are columns of their own, from 1.
    """
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and not isinstance(value[0], str):
            yield from ((f"{prefix}{key}.{number}", item) for number, item in enumerate(value, 1))
        else:
            yield f"{prefix}{key}", "; ".join(value) if isinstance(value, list) else value


def _cells() -> list[tuple[str, Cell]]:
    """Each question's column of the table, from left to right."""
    cells = ((name, question.cell) for name, question in QUESTIONS.items())
    return sorted(cells, key=lambda item: item[1].order)


def _line(answers: Sequence[str], size: str, path: str) -> str:
    shown = [
        f"{text:{cell.align}{cell.width}}"
        for text, (_, cell) in zip(answers, _cells(), strict=True)
    ]
    return "  ".join([*shown, f"{size:>13}", path])


@contextmanager
def table(out: TextIO) -> Iterator[Write]:
    """Fixed columns, the name last, so that rows can be printed as they come."""
    print(_line([cell.header for _, cell in _cells()], "size", "photo"), file=out)
    yield lambda report: print(_table_row(report), file=out)


def _table_row(report: PhotoReport) -> str:
    if report.error:
        return f"error  {report.path}: {report.error.message} [{report.error.code}]"
    answers = [
        cell.show(report.answers[name]) if name in report.answers else "-"
        for name, cell in _cells()
    ]
    return _line(answers, f"{report.width} x {report.height}", report.path)


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


def only_those(
    reports: Iterable[PhotoReport], condition: str | None, questions: Sequence[str]
) -> Iterator[PhotoReport]:
    """Reports for which a condition holds, and all errors; of their answers, those to `questions`.

    condition: a key of `conditions()`, or None for every report; questions: all if there are none.
    """
    for report in reports:
        if report.error or condition is None or holds(condition, report.answers):
            yield report.only(questions or QUESTIONS)


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
