"""The rows of `query` and `similar`: what a catalog holds about a photo, and photos like it."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from photoloupe.catalog.ask.similar import SimilarPhoto
from photoloupe.catalog.rows import row_to_dict
from photoloupe.catalog.schema import SCHEMA, SHOWN, Row, columns, text_to_path
from photoloupe.output.layout import Field, Kind, RowLayout, TableColumn
from photoloupe.output.reports import answer_columns
from photoloupe.questions.registry import QUESTIONS


def catalog_row_layout() -> RowLayout[Row]:
    """Every column but embeddings and crop codes; absent answers are null."""
    return RowLayout(
        to_dict=row_to_dict,
        fields=tuple(field for name in SHOWN for field in _fields(SCHEMA.field(name))),
        table=(
            *answer_columns(_answers),
            TableColumn("size", 13, _size),
            TableColumn("photo", 0, _photo),
        ),
        path=lambda row: text_to_path(row["path"]),
        arrow_schema=lambda: columns(*SHOWN),
        to_record=lambda row: row,
    )


SIMILAR: RowLayout[SimilarPhoto] = RowLayout(
    to_dict=asdict,
    fields=(Field("path"), Field("similarity", "real"), Field("same_bytes", "flag")),
    table=(
        TableColumn("similarity", 10, lambda row: f"{row.similarity:.3f}"),
        TableColumn("", 9, lambda row: "same file" if row.same_bytes else "", "<"),
        TableColumn("photo", 0, lambda row: row.path),
    ),
    path=lambda row: row.path,
)


def _fields(column: Any, outer: str = "") -> list[Field]:
    """A column -> its fields, one for each value of a struct."""
    name, kind = outer + column.name, column.type
    if pa.types.is_struct(kind):
        return [field for inner in kind for field in _fields(inner, f"{name}.")]
    if pa.types.is_fixed_size_list(kind):
        return [Field(name, "reals", tuple(f"{name}.{k}" for k in range(1, kind.list_size + 1)))]
    return [Field(name, _kind(kind))]


def _kind(kind: Any) -> Kind:
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_list(kind):
        return "texts"
    named: dict[Any, Kind] = {pa.bool_(): "flag", pa.float64(): "real"}
    return "time" if pa.types.is_timestamp(kind) else named.get(kind, "text")


def _answers(row: Row) -> dict[str, Any]:
    """Answers by question, their values as attributes."""
    return {name: SimpleNamespace(**row[name]) for name in QUESTIONS if row[name]}


def _size(row: Row) -> str:
    return f"{row['width']} x {row['height']}" if row["width"] else "-"


def _photo(row: Row) -> str:
    """The path, and why the photo has no answers."""
    path, error = text_to_path(row["path"]), row["error"]
    if row["note"]:
        return f"{path}: {row['note']}"
    return f"{path}: {error['message']} [{error['code']}]" if error else path
