"""CSV: a header, then one line a row and one column a value; absent values are empty."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from photoloupe.output.layout import Field, Row, RowLayout
from photoloupe.output.utf8 import Utf8Stream


@contextmanager
def write_csv(out: BinaryIO, layout: RowLayout[Row]) -> Iterator[Callable[[Row], None]]:
    """-> a function that writes one row. Raises OSError where `out` does."""
    lines = csv.writer(Utf8Stream(out), lineterminator="\n")
    lines.writerow([name for field in layout.fields for name in field.csv_columns])

    def write(row: Row) -> None:
        values = layout.to_dict(row)
        lines.writerow([cell for field in layout.fields for cell in _cells(field, values)])

    yield write


def _cells(field: Field, values: dict[str, Any]) -> list[Any]:
    value, width = field.value_of(values), len(field.csv_columns)
    if field.kind == "texts":
        return ["; ".join(value or ())]
    if field.kind == "reals":
        return list(value or [None] * width)
    return [value]
