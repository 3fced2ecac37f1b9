"""What a writer needs to know about one kind of row: its values, its table, its path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from photoloupe.errors import PhotoError

Row = TypeVar("Row")
Kind = Literal["text", "integer", "real", "flag", "time", "texts", "reals"]


@dataclass(frozen=True)
class Field:
    """One value of a row, under its key in `RowLayout.to_dict`; a dot leads into a nested object.

    kind: "texts" is a list of sentences, which CSV joins by "; "; "reals" a list of `len(columns)`
    numbers, one CSV column each; "time" ISO 8601 text in UTC. columns: names in CSV, by default
    the field's own.
    """

    name: str
    kind: Kind = "text"
    columns: tuple[str, ...] = ()

    @property
    def csv_columns(self) -> tuple[str, ...]:
        """The CSV columns that hold this value, at least one."""
        return self.columns or (self.name,)

    def value_of(self, values: dict[str, Any]) -> Any:
        """This field's value in a row's nested values; None where it is absent."""
        value: Any = values
        for key in self.name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class TableColumn(Generic[Row]):
    """One column of the table for people.

    width: characters that are reserved; what is longer is printed in full and moves the rest of
    its line. align: "<" or ">". Of the last column the width is 0: it ends where its text ends.
    """

    header: str
    width: int
    show: Callable[[Row], str]
    align: Literal["<", ">"] = ">"

    def cell(self, text: str) -> str:
        """Text padded to this column's width."""
        return f"{text:{self.align}{self.width}}" if self.width else text


@dataclass(frozen=True)
class RowLayout(Generic[Row]):
    """How rows of one kind are written.

    to_dict: a row -> JSON values, every key in every row; fields: the same values for CSV and
    Parquet, in order; table: columns for people, the path last; path: the file that a row is
    about; error: what prevented its answers, if anything did.
    arrow_schema, to_record: for rows that come from Arrow, their own schema, and a row -> values
    of it; by default both follow from `fields` and `to_dict`.
    """

    to_dict: Callable[[Row], dict[str, Any]]
    fields: tuple[Field, ...]
    table: tuple[TableColumn[Row], ...]
    path: Callable[[Row], str]
    error: Callable[[Row], PhotoError | None] = lambda row: None
    arrow_schema: Callable[[], Any] | None = None
    to_record: Callable[[Row], dict[str, Any]] | None = None


def error_line(error: PhotoError) -> str:
    """What is printed, where people read, for a photo that cannot be used: one line."""
    return f"error  {error.path}: {error.message} [{error.code}]"
