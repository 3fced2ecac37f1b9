"""A file that was read -> a row of the catalog; a row -> plain values for people and JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Float32
from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import Target
from photoloupe.catalog.schema import (
    FACTS_VERSION,
    PERSONS,
    SCANNED,
    SHOWN,
    Row,
    text_to_path,
    utc_now,
)
from photoloupe.inspector import Inspection
from photoloupe.media.facts import Facts
from photoloupe.questions.registry import QUESTIONS

FACTS = (
    "width", "height", "format", "orientation", "frames", "camera", "lens", "focal_length",
    "exposure_time", "aperture", "iso", "exposure_bias", "gps", "sequence", "rendition",
)  # fmt: skip


def make_row(read: ReadFile, answer: Inspection | None, target: Target) -> Row:
    """The columns that were worked out of a file: all of SCANNED, if `read.todo` is everything."""
    row: Row = {**file_columns(read.file), "sha256": read.sha256}
    if read.todo:
        row["answered_at"] = utc_now()
    if read.error is not None:
        error = {"code": read.error.code, "message": read.error.message}
        return row | {"error": error, "facts_version": FACTS_VERSION}
    if read.photo is not None:
        row |= facts_columns(read.photo.facts)
        if read.photo.note is not None:
            row |= {**dict.fromkeys(QUESTIONS), "embedding": None, "note": read.photo.note}
    if answer is not None:
        report = answer.report.to_dict()
        row |= {task: report[task] for task in QUESTIONS if report[task] is not None}
        row |= {"model": report["model"], "note": report["note"]}
        for made_by in (card.version for card in target.cards if card.embedding):
            if answer.embedding is not None:
                row["embedding"] = to_float16(answer.embedding)
            if answer.embedding is not None or answer.report.note is not None:
                row["model"] |= {"embedding": made_by}
    if read.code is not None:
        row |= {"code": read.code.to_bytes(), "code_version": target.code_version}
    return row


def facts_columns(facts: Facts) -> Row:
    """What a file says of itself; `taken` without its zone, which is in `utc_offset`."""
    offset = facts.taken.utcoffset() if facts.taken else None
    return {
        **{name: getattr(facts, name) for name in FACTS},
        "taken": facts.taken.replace(tzinfo=None) if facts.taken else None,
        "utc_offset": round(offset.total_seconds() / 60) if offset is not None else None,
        "facts_version": FACTS_VERSION,
    }


def file_columns(file: QueuedFile) -> Row:
    """The columns by which a later scan finds a file unchanged; it is present."""
    stat = {"file_bytes": file.file_bytes, "mtime_ns": file.mtime_ns}
    return {"path": file.path, **stat, "gone_at": None}


def merged_row(old: Row, row: Row) -> Row:
    """An old row with the columns of `row` replaced, and the models of both."""
    model = (old["model"] or {}) | (row.get("model") or {})
    return {name: old[name] for name in SCANNED} | row | {"model": model}


def copied_row(original: Row, file: QueuedFile) -> Row:
    """A row for `file` with the answers of another file of the same content."""
    return original | file_columns(file)


def with_decision_of(row: Row, decided: Row) -> Row:
    """A row with the rating and decision of another."""
    return row | {name: decided[name] for name in PERSONS}


def row_to_dict(row: Row) -> Row:
    """A row as plain values, ready for JSON: the keys of `PhotoReport.to_dict()` and more.

    Times are ISO 8601, in UTC; `taken` is of the camera's clock, without a zone. A missing answer
    is None.
    """
    values = {name: _plain(row[name]) for name in SHOWN if name in row}
    if "path" in values:
        values["path"] = text_to_path(values["path"])
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    return value


def to_float16(embedding: Float32) -> npt.NDArray[np.float16]:
    """(D,) float32 -> (D,) float16, as rows have it: no cosine moves by more than 0.001."""
    return embedding.astype(np.float16)
