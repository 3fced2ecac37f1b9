"""The rows of `inspect`: photo reports, which of them are shown, and what of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from photoloupe.output.layout import Field, Row, RowLayout, TableColumn
from photoloupe.questions.question import Cell, Value
from photoloupe.questions.registry import QUESTIONS, holds
from photoloupe.report import PhotoReport

FACTS = (
    Field("path"), Field("sha256"), Field("width", "integer"), Field("height", "integer"),
    Field("format"),
)  # fmt: skip
ENDS = (Field("note"), Field("error.code"), Field("error.message"))


def report_layout() -> RowLayout[PhotoReport]:
    """Facts, then the values and the table cell of every registered question."""
    models = (Field(f"model.{name}") for name in QUESTIONS)
    return RowLayout(
        to_dict=PhotoReport.to_dict,
        fields=(*FACTS, *answer_fields(), *models, *ENDS),
        table=(
            *answer_columns(lambda report: report.answers),
            TableColumn("size", 13, lambda report: f"{report.width} x {report.height}"),
            TableColumn("photo", 0, _photo),
        ),
        path=lambda report: report.path,
        error=lambda report: report.error,
    )


def _photo(report: PhotoReport) -> str:
    return f"{report.path}: {report.note}" if report.note else report.path


def answer_fields() -> list[Field]:
    """Every value of every question, such as `aesthetics.score`."""
    return [
        _field(name, value) for name, question in QUESTIONS.items() for value in question.values
    ]


def _field(question: str, value: Value) -> Field:
    name, kind = f"{question}.{value.name}", value.kind
    return Field(name, kind, tuple(f"{name}.{k}" for k in range(1, value.count + 1)))


def answer_columns(
    answers_of: Callable[[Row], Mapping[str, Any]],
) -> list[TableColumn[Row]]:
    """Each question's column, from left to right; answers_of: a row -> its answers by question."""
    cells = ((name, question.cell) for name, question in QUESTIONS.items())
    ordered = sorted(cells, key=lambda item: item[1].order)
    return [_column(name, cell, answers_of) for name, cell in ordered]


def _column(
    name: str, cell: Cell, answers_of: Callable[[Row], Mapping[str, Any]]
) -> TableColumn[Row]:
    def show(row: Row) -> str:
        answer = answers_of(row).get(name)
        return "-" if answer is None else cell.show(answer)

    return TableColumn(cell.header, cell.width, show, cell.align)


def only_those(
    reports: Iterable[PhotoReport], condition: str | None, questions: Sequence[str]
) -> Iterator[PhotoReport]:
    """Reports for which a condition holds, and all errors; of their answers, those to `questions`.

    condition: a key of `conditions()`, or None for every report; questions: all if there are none.
    """
    for report in reports:
        if report.error or condition is None or holds(condition, report.answers):
            yield report.only(questions or QUESTIONS)
