"""Answers written back beside the photos, as XMP sidecars that photo managers read.

    row -> the sidecar there is -> whose rating counts -> merged bytes -> undo log -> rename

Photos are opened for reading alone. A rating that photoloupe did not write is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.journal.undo import UndoLog
from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.sidecars.embedded_rating import embedded_rating
from photoloupe.catalog.sidecars.sidecar_paths import SUFFIX, SidecarPaths
from photoloupe.catalog.sidecars.stars import Stars
from photoloupe.catalog.sidecars.xmp import MOST_BYTES, RATING, Packet, XmpError, read_packet
from photoloupe.catalog.sidecars.xmp_edit import EMPTY, OURS, merge_properties
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError
from photoloupe.media.safe_files import as_photo_error, changed_error, read_plain, replace_content
from photoloupe.questions.registry import QUESTIONS

MARK = f"{OURS} Rating"  # what we wrote as xmp:Rating, or
KEPT = "kept"  # that a person's own rating was met, or that ours was taken away
NEEDED = ("path", "sha256", "file_bytes", "mtime_ns", *QUESTIONS, "model", "rating", "decision",
          "error", "gone_at")  # fmt: skip
REALS = {"score": "Score", "probability": "Probability", "width_ratio": "WidthRatio",
         "height_ratio": "HeightRatio", "confidence": "Confidence"}  # fmt: skip
TRUTHS = {"is_selfie": "IsSelfie", "squished": "IsSquished"}


@dataclass(frozen=True)
class SidecarResult:
    """What is done for one photo.

    does: make, change or same; rating: -1 to 5, None if none is written; rating_by: person, score,
    or kept, which is a rating that photoloupe did not write.
    """

    path: str
    sidecar: str | None = None
    does: str | None = None
    rating: int | None = None
    rating_by: str | None = None
    error: PhotoError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        values = dict(self.__dict__)
        if self.error is not None:
            said = {"code": self.error.code, "message": self.error.message}
            values |= {"sidecar": self.error.path, "error": said}
        return values


def write_sidecars(
    catalog: Catalog, stars: Stars, where: str = "true", *, dry_run: bool = False
) -> Iterator[SidecarResult]:
    """Write the answers of every photo that is there and for which an expression holds.

    where: as in `query`; dry_run: only say what would be done. What cannot be done is a row that
    says why; the rest goes on. Raises CatalogError.
    """
    beside = SidecarPaths()
    with catalog_lock(catalog), UndoLog(catalog, "write") as log:
        for row in _rows(catalog, where):
            path = text_to_path(row["path"])
            try:
                edit = _edit(path, row, stars, beside)
                if edit.after != edit.before and not dry_run:
                    log.wrote(edit.sidecar, edit.before, edit.after)
                    replace_content(edit.sidecar, edit.after, edit.before)
                yield edit.in_words(path)
            except PhotoError as error:
                yield SidecarResult(path, error=error)


@dataclass(frozen=True)
class _Edit:
    """What a sidecar holds, None if there is none, and what it is to hold."""

    sidecar: str
    before: bytes | None
    after: bytes
    rating: int | None
    rating_by: str | None

    def in_words(self, path: str) -> SidecarResult:
        does = "make" if self.before is None else "change"
        does = "same" if self.before == self.after else does
        return SidecarResult(path, self.sidecar, does, self.rating, self.rating_by)


def _rows(catalog: Catalog, where: str) -> Iterator[dict[str, Any]]:
    for batch in query(catalog, where, NEEDED):
        for row in batch.to_pylist():
            if row["error"] is None and row["gone_at"] is None:
                yield row


def _edit(path: str, row: dict[str, Any], stars: Stars, beside: SidecarPaths) -> _Edit:
    with as_photo_error(path):
        status = Path(path).stat()
        if (status.st_size, status.st_mtime_ns) != (row["file_bytes"], row["mtime_ns"]):
            raise changed_error(path, "changed since it was scanned; scan again")
        there, in_photo = beside.sidecars(path), embedded_rating(path)
    sidecar, *others = there or [path + SUFFIX]
    before = read_plain(sidecar, MOST_BYTES)
    packet = _packet(sidecar, EMPTY if before is None else before)
    elsewhere = [said for said in (in_photo, *map(_rating_of_other, others)) if said]
    rating, by = stars.of_row(row)
    words = _words(packet, elsewhere[0] if elsewhere else None, rating)
    after = merge_properties(packet, properties(row) | words)
    if words.get(RATING) is None:
        rating, by = None, None if rating is None else KEPT
    return _Edit(sidecar, before, after, rating, by)


def properties(row: dict[str, Any]) -> dict[str, str | None]:
    """The answers of a row, in our namespace: `SelfieProbability`, `SelfieModel`, ..."""
    values = {"Sha256": row["sha256"]}
    for task in QUESTIONS:
        answer, title = row[task] or {}, task.title()
        values |= {title + REALS[key]: f"{answer[key]:g}" for key in REALS if key in answer}
        values |= {TRUTHS[key]: str(answer[key]) for key in TRUTHS if key in answer}
        if answer and row["model"]:
            values[f"{title}Model"] = row["model"][task]
    return {f"{OURS} {name}": said for name, said in values.items() if said is not None}


def _words(packet: Packet, elsewhere: str | None, rating: int | None) -> dict[str, str | None]:
    """What becomes of the rating and of our mark on it."""
    mark, is_there = packet.value(MARK), bool(packet.all_named(RATING))
    ours = mark is not None and packet.value(RATING) == mark
    if is_there != ours or (mark is not None and not is_there):
        return {MARK: KEPT}  # a person gave another, or took ours away
    if elsewhere is not None:  # ours would hide it
        return {MARK: mark} if ours and elsewhere == mark else {RATING: None}
    if rating is None:
        return {MARK: mark} if ours else {}
    return {RATING: str(rating), MARK: str(rating)}


def _rating_of_other(sidecar: str) -> str | None:
    packet = _packet(sidecar, read_plain(sidecar, MOST_BYTES) or EMPTY)
    said, mark = packet.value(RATING), packet.value(MARK)
    return None if said is not None and said == mark else said


def _packet(sidecar: str, data: bytes) -> Packet:
    try:
        return read_packet(data)
    except XmpError as error:
        raise PhotoError("unreadable", sidecar, str(error)) from error
