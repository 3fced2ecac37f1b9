"""Relations between photos as rows: a table for eyes, JSON lines or CSV for programs; progress."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO

from photoloupe.crops.crop import NO_RELATION, Crop
from photoloupe.errors import PhotoError

Write = Callable[[Crop | PhotoError], None]


def as_dict(row: Crop | PhotoError) -> dict[str, Any]:
    """Plain values, ready for JSON; every row has every key."""
    if isinstance(row, PhotoError):
        error = {"path": row.path, "code": row.code, "message": row.message}
        return {**dict.fromkeys(NO_RELATION), "error": error}
    return {**row.to_dict(), "error": None}


COLUMNS = (
    "verdict", "crop", "source", "box.x0", "box.y0", "box.x1", "box.y1", "scale.x", "scale.y",
    "turn", "edits", "whole_frame", "doubt_px", "doubt_axis", "confidence",
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

    def write(row: Crop | PhotoError) -> None:
        values = as_dict(row)
        values["edits"] = "; ".join(values["edits"] or ())
        for key, names in (("box_xyxy", ("x0", "y0", "x1", "y1")), ("scale_xy", ("x", "y"))):
            for name, value in zip(names, values[key] or (), strict=False):
                values[f"{key.partition('_')[0]}.{name}"] = value
        error = {f"error.{key}": value for key, value in (values["error"] or {}).items()}
        rows.writerow({**values, **error})

    yield write


LAYOUT = "{:<9}  {:>10}  {:>23}  {} < {}"


@contextmanager
def table(out: TextIO) -> Iterator[Write]:
    """Fixed columns, the names last."""
    print(LAYOUT.format("verdict", "confidence", "box", "crop", "source"), file=out)

    def write(row: Crop | PhotoError) -> None:
        if isinstance(row, PhotoError):
            line = f"error  {row.path}: {row.message} [{row.code}]"
        else:
            box = " ".join(f"{round(side)}" for side in row.box.xyxy) if row.box else "-"
            sure = f"{row.confidence:.2f}"
            line = LAYOUT.format(row.verdict, sure, box, row.crop, row.source)
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
