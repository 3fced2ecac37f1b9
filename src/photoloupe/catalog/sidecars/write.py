"""Answers written next to the photos, as XMP sidecars that photo managers read.

    row -> existing sidecar -> whose rating counts -> merged bytes -> undo log -> rename

Photos are only read. A rating that photoloupe did not write is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.journal.late_errors import late_errors
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

MARK = f"{OURS} Rating"  # the xmp:Rating that we wrote, or
KEPT = "kept"  # a person's own rating was found, or ours was removed
NEEDED = ("path", "sha256", "file_bytes", "mtime_ns", *QUESTIONS, "model", "rating", "decision",
          "error", "gone_at")  # fmt: skip
REALS = {"score": "Score", "probability": "Probability", "width_ratio": "WidthRatio",
         "height_ratio": "HeightRatio", "confidence": "Confidence"}  # fmt: skip
TRUTHS = {"is_selfie": "IsSelfie", "squished": "IsSquished"}


@dataclass(frozen=True)
class SidecarResult:
    """What was done for one photo, or would be.

    path: of the photo; sidecar: its path; does: make, change or same; rating: -1 to 5, None if none
    is written; rating_by: person, score, or kept, which is a rating that photoloupe did not write;
    error: why nothing was done, the other fields are then None.
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
            error = {"code": self.error.code, "message": self.error.message}
            values |= {"sidecar": self.error.path, "error": error}
        return values


def write_sidecars(
    catalog: Catalog,
    stars: Stars,
    report: Callable[[SidecarResult], None],
    *,
    where: str = "true",
    dry_run: bool = False,
) -> None:
    """Write the answers of every present photo that matches an expression, and report each.

    report: called once a photo; if it raises, the work is finished first; where: as in `query`;
    dry_run: report what would be done, write nothing. A sidecar that cannot be written is a result
    with an error. Raises CatalogError.
    """
    paths = SidecarPaths()
    with late_errors(report) as call, catalog_lock(catalog), UndoLog(catalog, "write") as log:
        for row in _rows(catalog, where):
            call(_write(row, stars, paths, None if dry_run else log))


def _write(
    row: dict[str, Any], stars: Stars, paths: SidecarPaths, log: UndoLog | None
) -> SidecarResult:
    path = text_to_path(row["path"])
    try:
        edit = _edit(path, row, stars, paths)
        if edit.after != edit.before and log is not None:
            log.wrote(edit.sidecar, edit.before, edit.after)
            replace_content(edit.sidecar, edit.after, edit.before)
    except PhotoError as error:
        return SidecarResult(path, error=error)
    return edit.result(path)


@dataclass(frozen=True)
class _Edit:
    """The content of a sidecar, None if there is none, and its new content."""

    sidecar: str
    before: bytes | None
    after: bytes
    rating: int | None
    rating_by: str | None

    def result(self, path: str) -> SidecarResult:
        does = "make" if self.before is None else "change"
        does = "same" if self.before == self.after else does
        return SidecarResult(path, self.sidecar, does, self.rating, self.rating_by)


def _rows(catalog: Catalog, where: str) -> Iterator[dict[str, Any]]:
    for batch in query(catalog, where, NEEDED):
        for row in batch.to_pylist():
            if row["error"] is None and row["gone_at"] is None:
                yield row


def _edit(path: str, row: dict[str, Any], stars: Stars, paths: SidecarPaths) -> _Edit:
    with as_photo_error(path):
        status = Path(path).stat()
        if (status.st_size, status.st_mtime_ns) != (row["file_bytes"], row["mtime_ns"]):
            raise changed_error(path, "changed since it was scanned; scan again")
        there, in_photo = paths.sidecars(path), embedded_rating(path)
    sidecar, *others = there or [path + SUFFIX]
    before = read_plain(sidecar, MOST_BYTES)
    packet = _packet(sidecar, EMPTY if before is None else before)
    elsewhere = [r for r in (in_photo, *map(_rating_of_other, others)) if r]
    rating, by = stars.of_row(row)
    edits = _rating_edits(packet, elsewhere[0] if elsewhere else None, rating)
    after = merge_properties(packet, properties(row) | edits)
    if edits.get(RATING) is None:
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
    return {f"{OURS} {name}": text for name, text in values.items() if text is not None}


def _rating_edits(
    packet: Packet, elsewhere: str | None, rating: int | None
) -> dict[str, str | None]:
    """New values of the rating and of our mark on it; elsewhere: a rating outside this sidecar."""
    mark, exists = packet.value(MARK), bool(packet.all_named(RATING))
    ours = mark is not None and packet.value(RATING) == mark
    if exists != ours or (mark is not None and not exists):
        return {MARK: KEPT}  # a person gave another, or took ours away
    if elsewhere is not None:  # ours would hide it
        return {MARK: mark} if ours and elsewhere == mark else {RATING: None}
    if rating is None:
        return {MARK: mark} if ours else {}
    return {RATING: str(rating), MARK: str(rating)}


def _rating_of_other(sidecar: str) -> str | None:
    packet = _packet(sidecar, read_plain(sidecar, MOST_BYTES) or EMPTY)
    rating, mark = packet.value(RATING), packet.value(MARK)
    return None if rating is not None and rating == mark else rating


def _packet(sidecar: str, data: bytes) -> Packet:
    try:
        return read_packet(data)
    except XmpError as error:
        raise PhotoError("unreadable", sidecar, str(error)) from error
