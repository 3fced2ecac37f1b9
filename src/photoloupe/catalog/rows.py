"""What was found out about a file -> a row of the catalogue, and a row -> what people are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Float32
from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import Target
from photoloupe.catalog.schema import PERSONS, SCANNED, SHOWN, Row, text_to_path, utc_now
from photoloupe.inspector import Inspection
from photoloupe.questions.registry import QUESTIONS

FACTS = ("width", "height", "format", "orientation", "frames", "camera", "lens")


def make_row(looked: ReadFile, answer: Inspection | None, target: Target) -> Row:
    """The columns that this look fills; a look at everything fills all that a scan writes."""
    row: Row = {**file_columns(looked.file), "sha256": looked.sha256}
    if looked.todo:
        row["answered_at"] = utc_now()
    if looked.error is not None:
        return row | {"error": {"code": looked.error.code, "message": looked.error.message}}
    if answer is not None and looked.look is not None:
        report = answer.report.to_dict()
        row |= {task: report[task] for task in QUESTIONS if report[task] is not None}
        row |= {name: getattr(looked.look.facts, name) for name in FACTS}
        row["model"] = report["model"]
        if answer.embedding is not None:
            made_by = next(card.version for card in target.cards if card.embedding)
            row |= {
                "embedding": to_float16(answer.embedding),
                "model": row["model"] | {"embedding": made_by},
            }
    if looked.code is not None:
        row |= {"code": looked.code.to_bytes(), "code_version": target.code_version}
    return row


def file_columns(file: QueuedFile) -> Row:
    """What tells that a file is the same as before, and that it is there."""
    stat = {"file_bytes": file.file_bytes, "mtime_ns": file.mtime_ns}
    return {"path": file.path, **stat, "gone_at": None}


def merged_row(old: Row, row: Row) -> Row:
    """An old row with some columns new."""
    model = (old["model"] or {}) | (row.get("model") or {})
    return {name: old[name] for name in SCANNED} | row | {"model": model}


def copied_row(original: Row, file: QueuedFile) -> Row:
    """The answers of another file of this content."""
    return original | file_columns(file)


def with_decision_of(row: Row, decided: Row) -> Row:
    """A row with the person's word from another."""
    return row | {name: decided[name] for name in PERSONS}


def row_to_dict(row: Row) -> Row:
    """A row, with the keys of `PhotoReport.to_dict()` and more; plain values, ready for JSON.

    Times are ISO 8601, in UTC. What a photo has no answer for is null.
    """
    values = {name: _plain(row[name]) for name in SHOWN if name in row}
    if "path" in values:
        values["path"] = text_to_path(values["path"])
    return values


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def to_float16(embedding: Float32) -> npt.NDArray[np.float16]:
    """As rows hold it: two bytes a number, which moves no cosine by more than 0.001."""
    return embedding.astype(np.float16)
