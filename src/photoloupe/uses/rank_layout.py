"""The rows of `rank`: a photo's place in the order, then its report."""

from __future__ import annotations

from photoloupe.output.layout import Field, RowLayout, TableColumn
from photoloupe.output.reports import report_layout
from photoloupe.uses.ranking import Ranked


def rank_layout() -> RowLayout[Ranked]:
    """Rank, percentile, burst and best, before every field of the report."""
    return RowLayout(
        to_dict=Ranked.to_dict,
        fields=(
            Field("rank", "integer"),
            Field("percentile", "real"),
            Field("burst", "integer"),
            Field("best", "flag"),
            *report_layout().fields,
        ),
        table=(
            TableColumn("rank", 5, lambda row: str(row.rank or 0)),
            TableColumn("score", 5, lambda row: "-" if row.report.note else f"{row.score:.1f}"),
            TableColumn("%", 4, _percent),
            TableColumn("burst", 8, _burst, "<"),
            TableColumn("photo", 0, lambda row: row.report.path),
        ),
        path=lambda row: row.report.path,
        error=lambda row: row.report.error,
    )


def _percent(row: Ranked) -> str:
    return "-" if row.percentile is None else f"{row.percentile:.0f}"


def _burst(row: Ranked) -> str:
    return "" if row.burst is None else f"{row.burst}{' best' if row.best else ''}"
