"""FORMATS: one entry an output format. Every verb that prints rows offers them all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO

from photoloupe.output.csv import write_csv
from photoloupe.output.jsonl import write_jsonl
from photoloupe.output.layout import RowLayout
from photoloupe.output.parquet import write_parquet
from photoloupe.output.paths import write_paths
from photoloupe.output.table import write_table

Opened = AbstractContextManager[Callable[[Any], None]]


@dataclass(frozen=True)
class OutputFormat:
    """open: a binary file and a layout -> a context that gives a function to write one row with.

    binary: is it nothing that a terminal can show?
    """

    name: str
    open: Callable[[BinaryIO, RowLayout[Any]], Opened]
    binary: bool = False


FORMATS: dict[str, OutputFormat] = {
    form.name: form
    for form in (
        OutputFormat("table", write_table),
        OutputFormat("jsonl", write_jsonl),
        OutputFormat("csv", write_csv),
        OutputFormat("parquet", write_parquet, binary=True),
        OutputFormat("paths", write_paths),
    )
}


def format_for(name: str | None, *, terminal: bool) -> OutputFormat:
    """The format of this name; without one, a table on a terminal, else JSON lines.

    Raises ValueError for a binary format on a terminal.
    """
    form = FORMATS[name or ("table" if terminal else "jsonl")]
    if form.binary and terminal:
        raise ValueError(
            f"--format {form.name} is binary, and standard output is a terminal; "
            f"write it to a file with --out"
        )
    return form
