"""Rows of a catalogue for people and programs: JSON lines, CSV, Parquet, or paths alone."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import TextIOWrapper
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from photoloupe.catalog.rows import row_to_dict
from photoloupe.catalog.schema import SHOWN, column_names, columns, text_to_path
from photoloupe.output.reports import flat
from photoloupe.questions.registry import QUESTIONS

Write = Callable[[pa.RecordBatch], None]


@contextmanager
def jsonl(out: BinaryIO) -> Iterator[Write]:
    """One line a photo: the keys of `PhotoReport.to_dict()`, and those that only a row has."""
    with _text(out) as text:
        yield lambda batch: text.writelines(
            json.dumps(row_to_dict(row), ensure_ascii=False) + "\n" for row in batch.to_pylist()
        )


@contextmanager
def csv_rows(out: BinaryIO) -> Iterator[Write]:
    """The same values, one column each; absent ones are empty."""
    with _text(out) as text:
        rows = csv.DictWriter(text, csv_columns(), restval="", lineterminator="\n")
        rows.writeheader()
        yield lambda batch: rows.writerows(_cells(row) for row in batch.to_pylist())


def csv_columns() -> list[str]:
    """Columns of a row as CSV has them: `aesthetics.distribution.1` to `.10` for its list."""
    counts = {
        f"{name}.{value.name}": value.count
        for name, question in QUESTIONS.items()
        for value in question.values
    }
    names = []
    for name in column_names():
        count = counts.get(name, 0)
        names += [f"{name}.{number}" for number in range(1, count + 1)] if count else [name]
    return names


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in row_to_dict(row).items() if value is not None}
    return dict(flat(given))


@contextmanager
def parquet(out: BinaryIO) -> Iterator[Write]:
    """The columns as the catalogue has them, without embeddings and crop codes."""
    with pq.ParquetWriter(out, columns(*SHOWN), compression="zstd") as writer:
        yield writer.write_batch


@contextmanager
def paths(out: BinaryIO) -> Iterator[Write]:
    """The bytes of each file name, a line each."""
    yield lambda batch: out.writelines(
        os.fsencode(text_to_path(text)) + b"\n" for text in batch["path"].to_pylist()
    )


@contextmanager
def _text(out: BinaryIO) -> Iterator[TextIOWrapper]:
    """File names that are no UTF-8 as escapes."""
    text = TextIOWrapper(out, "utf-8", errors="backslashreplace", newline="")
    try:
        yield text
    finally:
        text.detach()  # flushes, and leaves `out` open


WRITERS: dict[str, Callable[[BinaryIO], AbstractContextManager[Write]]] = {
    "jsonl": jsonl,
    "csv": csv_rows,
    "parquet": parquet,
    "paths": paths,
}
