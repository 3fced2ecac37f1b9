"""Parquet: the values of JSON lines as typed, compressed columns. Needs pyarrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO

from photoloupe.output.layout import Field, Row, RowLayout

GROUP_ROWS = 4096  # rows that are held and written together


@contextmanager
def write_parquet(out: BinaryIO, layout: RowLayout[Row]) -> Iterator[Callable[[Row], None]]:
    """-> a function that takes one row. The file is complete when the context ends.

    Raises ImportError without pyarrow, OSError where `out` does.
    """
    pa, pq = _pyarrow()
    schema = layout.arrow_schema() if layout.arrow_schema else arrow_schema(layout.fields)
    to_record = layout.to_record or (lambda row: _record(layout, row))
    group: list[dict[str, Any]] = []
    with pq.ParquetWriter(out, schema, compression="zstd") as file:

        def write(row: Row) -> None:
            group.append(to_record(row))
            if len(group) == GROUP_ROWS:
                file.write_table(pa.Table.from_pylist(group, schema))
                group.clear()

        yield write
        file.write_table(pa.Table.from_pylist(group, schema))


def arrow_schema(fields: tuple[Field, ...]) -> Any:
    """Fields -> a `pyarrow.Schema`: dotted names of one beginning are one struct.

    Raises ImportError without pyarrow.
    """
    pa, _ = _pyarrow()
    nested: dict[str, Any] = {}
    for field in fields:
        *outer, name = field.name.split(".")
        inside = nested
        for key in outer:
            inside = inside.setdefault(key, {})
        inside[name] = _arrow_type(pa, field)
    return pa.schema(list(_structs(pa, nested).items()))


def _structs(pa: Any, nested: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pa.struct(list(_structs(pa, kind).items())) if isinstance(kind, dict) else kind
        for name, kind in nested.items()
    }


def _arrow_type(pa: Any, field: Field) -> Any:
    return {
        "text": pa.string(), "integer": pa.int64(), "real": pa.float64(), "flag": pa.bool_(),
        "time": pa.timestamp("us", "UTC"), "texts": pa.list_(pa.string()),
        "reals": pa.list_(pa.float64(), len(field.columns) or -1),
    }[field.kind]  # fmt: skip


def _record(layout: RowLayout[Row], row: Row) -> dict[str, Any]:
    """Values that Arrow takes: times as such, no bytes that are not UTF-8."""
    values: dict[str, Any] = _encodable(layout.to_dict(row))
    for field in layout.fields:
        if field.kind == "time" and (time := field.value_of(values)) is not None:
            values[field.name] = datetime.fromisoformat(time)
    return values


def _encodable(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _encodable(inner) for key, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list) else value


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError("Parquet needs pyarrow: pip install 'photoloupe[catalog]'") from error
    return pa, pq
