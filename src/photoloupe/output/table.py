"""A table for people: columns of fixed width, so that rows are printed as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from photoloupe.output.layout import Row, RowLayout, error_line
from photoloupe.output.utf8 import Utf8Stream

GAP = "  "  # between two columns


@contextmanager
def write_table(out: BinaryIO, layout: RowLayout[Row]) -> Iterator[Callable[[Row], None]]:
    """-> a function that writes one row. Raises OSError where `out` does."""
    text = Utf8Stream(out)
    text.write(GAP.join(column.cell(column.header) for column in layout.table) + "\n")

    def write(row: Row) -> None:
        text.write(table_line(layout, row) + "\n")

    yield write


def table_line(layout: RowLayout[Row], row: Row) -> str:
    """One row's line, without its end: cells, or what prevented the answers."""
    if (error := layout.error(row)) is not None:
        return error_line(error)
    return GAP.join(column.cell(column.show(row)) for column in layout.table)
