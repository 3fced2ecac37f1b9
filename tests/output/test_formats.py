"""The five writers, on rows made here; the rows of verbs are tested with their verbs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from photoloupe.errors import PhotoError
from photoloupe.output.formats import FORMATS, format_for
from photoloupe.output.layout import Field, RowLayout, TableColumn
from photoloupe.output.parquet import GROUP_ROWS, arrow_schema
from tests.conftest import EXAMPLES


@dataclass(frozen=True)
class Fish:
    """A row."""

    path: str
    weight: float | None = None
    notes: tuple[str, ...] = ()
    size_wh: tuple[float, float] | None = None
    error: PhotoError | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `caught_at` as text."""
        size = list(self.size_wh) if self.size_wh else None
        body = {"weight": self.weight, "notes": list(self.notes), "size_wh": size}
        return {"path": self.path, "body": body, "caught_at": "2024-05-06T07:08:09+00:00"}


LAYOUT: RowLayout[Fish] = RowLayout(
    to_dict=Fish.to_dict,
    fields=(
        Field("path"),
        Field("body.weight", "real"),
        Field("body.notes", "texts"),
        Field("body.size_wh", "reals", ("size.width", "size.height")),
        Field("caught_at", "time"),
    ),
    table=(
        TableColumn("weight", 6, lambda fish: f"{fish.weight:.1f}"),
        TableColumn("notes", 8, lambda fish: ",".join(fish.notes), "<"),
        TableColumn("fish", 0, lambda fish: fish.path),
    ),
    path=lambda fish: fish.path,
    error=lambda fish: fish.error,
)
PIKE = Fish("pike, old.jpg", 2.25, ("green", "fast"), (40.0, 8.0))
NAME = os.fsdecode(b"caf\xe9.jpg")  # bytes that are not UTF-8
BROKEN = Fish("eel.jpg", error=PhotoError("empty", "eel.jpg", "the file is empty"))


def written(form: str, *rows: Fish) -> bytes:
    out = io.BytesIO()
    with FORMATS[form].open(out, LAYOUT) as write:
        for row in rows:
            write(row)
    return out.getvalue()


def test_a_table_has_columns_of_fixed_width_and_errors_in_their_place() -> None:
    lines = written("table", PIKE, BROKEN, Fish(NAME, 123456.0)).decode().splitlines()
    assert lines == [
        "weight  notes     fish",
        "   2.2  green,fast  pike, old.jpg",
        "error  eel.jpg: the file is empty [empty]",
        "123456.0            caf\\udce9.jpg",
    ]


def test_json_lines_are_the_rows_own_values() -> None:
    first, second = written("jsonl", PIKE, Fish(NAME)).splitlines()
    assert json.loads(first) == PIKE.to_dict()
    assert json.loads(second)["path"] == NAME  # the escape is JSON's own
    assert "é".encode() in written("jsonl", Fish("é.jpg"))


def test_csv_has_one_column_a_value() -> None:
    full, empty = csv.DictReader(io.StringIO(written("csv", PIKE, Fish("a.jpg")).decode()))
    assert full == {
        "path": "pike, old.jpg", "body.weight": "2.25", "body.notes": "green; fast",
        "size.width": "40.0", "size.height": "8.0", "caught_at": "2024-05-06T07:08:09+00:00",
    }  # fmt: skip
    assert list(empty.values()) == ["a.jpg", "", "", "", "", "2024-05-06T07:08:09+00:00"]


def test_paths_are_the_bytes_of_file_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert written("paths", PIKE, BROKEN, Fish(NAME)) == b"pike, old.jpg\ncaf\xe9.jpg\n"
    assert capsys.readouterr().err == "error  eel.jpg: the file is empty [empty]\n"


def test_parquet_has_types_and_structs() -> None:
    table = pq.read_table(io.BytesIO(written("parquet", PIKE, Fish(NAME))))
    assert table.schema == arrow_schema(LAYOUT.fields)
    assert table.schema.field("caught_at").type == pa.timestamp("us", "UTC")
    body = {"weight": 2.25, "notes": ["green", "fast"], "size_wh": [40.0, 8.0]}
    first, second = table.to_pylist()
    assert first["body"] == body
    assert second["path"] == "caf\\udce9.jpg"
    assert second["body"]["size_wh"] is None


def test_parquet_keeps_every_row_of_many_groups() -> None:
    count = 2 * GROUP_ROWS + 1
    out = io.BytesIO()
    with FORMATS["parquet"].open(out, LAYOUT) as write:
        for number in range(count):
            write(Fish(str(number)))
    file = pq.ParquetFile(io.BytesIO(out.getvalue()))
    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (count, 3)


@pytest.mark.parametrize(
    ("name", "terminal", "chosen"),
    [(None, True, "table"), (None, False, "jsonl"), ("csv", True, "csv"),
     ("parquet", False, "parquet")],
)  # fmt: skip
def test_the_format_without_an_option(name: str | None, terminal: bool, chosen: str) -> None:
    assert format_for(name, terminal=terminal).name == chosen


def test_a_terminal_gets_no_binary() -> None:
    with pytest.raises(ValueError, match="parquet is binary, and standard output is a terminal"):
        format_for("parquet", terminal=True)


TOY = """
import sys
from contextlib import contextmanager
from photoloupe.output.formats import FORMATS, OutputFormat

@contextmanager
def write_count(out, layout):
    rows = []
    yield rows.append
    out.write(f"{len(rows)} rows\\n".encode())

FORMATS["count"] = OutputFormat("count", write_count)

from typer.testing import CliRunner
from photoloupe.cli import app

def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    print(arguments[0], result.stdout.strip(), result.stderr if result.exit_code > 1 else "")

crop, alps, folder = sys.argv[1:]
toy = "--format", "count"
run("scan", folder)
run("inspect", crop, alps, *toy)
run("rank", crop, *toy)
run("fix", crop, "--out", folder + "/fixed", *toy)
run("crops", crop, alps, "--no-cache", *toy)
run("source", crop, "--in", alps, "--no-cache", *toy)
catalog = "--catalog", folder
run("query", "true", *catalog, *toy)
run("similar", alps, *catalog, *toy)
run("write", *catalog, *toy)
run("undo", *catalog, *toy)
run("organize", "--plan", folder + "/plan", "--duplicates", folder + "/copies", *catalog)
run("organize", "--apply", folder + "/plan", *catalog, *toy)
"""


def test_a_registered_format_appears_in_every_verb(tmp_path: Path) -> None:
    alps, crop = EXAMPLES / "alps.jpg", EXAMPLES / "alps-crop.jpg"
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(crop.read_bytes())
    call = [sys.executable, "-c", TOY, str(crop), str(alps), str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert [line.strip() for line in done.stdout.splitlines() if line.strip()] == [
        "scan", "inspect 2 rows", "rank 1 rows", "fix 1 rows", "crops 1 rows", "source 1 rows",
        "query 2 rows", "similar 2 rows", "write 2 rows", "undo 2 rows", "organize",
        "organize 1 rows",
    ]  # fmt: skip
