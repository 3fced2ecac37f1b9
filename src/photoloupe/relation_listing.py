"""Relations between photos as rows: a table for eyes, JSON lines or CSV for programs; progress."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO

from photoloupe.crops.relation import Relation
from photoloupe.errors import PhotoError

Write = Callable[[Relation | PhotoError], None]


def as_dict(row: Relation | PhotoError) -> dict[str, Any]:
    """Plain values, ready for JSON; every row has every key."""
    if isinstance(row, PhotoError):
        error = {"path": row.path, "code": row.code, "message": row.message}
        return {**dict.fromkeys(KEYS), "error": error}
    return {**row.to_dict(), "error": None}


KEYS = ("relation", "is_crop", "crop", "source", "box_xyxy", "scale", "confidence")
COLUMNS = (
    "relation", "crop", "source", "box.x0", "box.y0", "box.x1", "box.y1", "scale", "confidence",
    "error.path", "error.code", "error.message",
)  # fmt: skip


@contextmanager
def jsonl(out: TextIO) -> Iterator[Write]:
    """One line a relation, or a photo that cannot be read."""
    yield lambda row: print(json.dumps(as_dict(row), ensure_ascii=False), file=out)


@contextmanager
def csv_rows(out: TextIO) -> Iterator[Write]:
    """The same values, one column each."""
    rows = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    rows.writeheader()

    def write(row: Relation | PhotoError) -> None:
        values = as_dict(row)
        corners = zip(("x0", "y0", "x1", "y1"), values.pop("box_xyxy") or (), strict=False)
        error = {f"error.{key}": value for key, value in (values.pop("error") or {}).items()}
        rows.writerow({**values, **{f"box.{name}": side for name, side in corners}, **error})

    yield write


LAYOUT = "{:<12}  {:>10}  {:>23}  {} < {}"


@contextmanager
def table(out: TextIO) -> Iterator[Write]:
    """Fixed columns, the names last."""
    print(LAYOUT.format("relation", "confidence", "box", "crop", "source"), file=out)

    def write(row: Relation | PhotoError) -> None:
        if isinstance(row, PhotoError):
            line = f"error  {row.path}: {row.message} [{row.code}]"
        else:
            box = " ".join(f"{round(side)}" for side in row.crop.box.xyxy)
            sure = f"{row.crop.confidence:.2f}"
            line = LAYOUT.format(row.kind, sure, box, row.crop.crop, row.crop.source)
        print(line, file=out)

    yield write


WRITERS: dict[str, Callable[[TextIO], AbstractContextManager[Write]]] = {
    "table": table,
    "jsonl": jsonl,
    "csv": csv_rows,
}


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Count photos by stage on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    counts: Counter[str] = Counter()
    console = Console(stderr=True)
    with console.status("") as status:

        def tell(stage: str) -> None:
            counts[stage] += 1
            status.update(", ".join(f"{number:,} {stage}" for stage, number in counts.items()))

        yield tell
