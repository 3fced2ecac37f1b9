"""What became of each file in a scan: decided once a file, counted in the summary."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import content_key


class Fate(StrEnum):
    """What a scan found of one file, compared with the rows that there were."""

    NEW = "new"  # no row had this path, nor this content
    CHANGED = "changed"  # other content than its row had
    COPIED = "copied"  # a new path of known content, whose other files are all still there
    MOVED = "moved"  # a new path of known content that is missing from another path
    RENEWED = "renewed"  # the same content; a new model or crop code was asked for
    SAME = "same"  # the same content, and nothing to do
    RETURNED = "returned"  # the same content; its row was marked as gone
    GONE = "gone"  # a row whose file is missing and was not moved
    FAILED = "failed"  # it cannot be read


class Fates:
    """Decides the fates of the files that one scan has read, and of those it misses.

    missing: number of missing files by content key. Each explains one move: of two new files of
    one missing content, one was moved and the other copied.
    """

    def __init__(self, missing: Counter[int] | None = None) -> None:
        self._unexplained = Counter[int](missing or ())
        self._moved = Counter[int]()

    def of_read(self, read: ReadFile) -> Fate:
        """The fate of a file that was read; call it once a file."""
        file = read.file
        if read.error is not None:
            return Fate.FAILED
        if not file.has_row:
            return self._of_arrival(content_key(read.sha256)) if read.is_copy else Fate.NEW
        if content_key(read.sha256) != file.content:
            return Fate.CHANGED
        if read.todo or read.is_copy:
            return Fate.RENEWED
        return Fate.RETURNED if file.gone else Fate.SAME

    def of_missing(self, sha256: str | None) -> Fate:
        """The fate of a missing file, by its row's content: MOVED if an arrival took it over.

        Call it once a file, after `of_read` of all that were read.
        """
        content = content_key(sha256)
        if self._moved[content] > 0:
            self._moved[content] -= 1
            return Fate.MOVED
        return Fate.GONE

    def _of_arrival(self, content: int) -> Fate:
        if self._unexplained[content] <= 0:
            return Fate.COPIED
        self._unexplained[content] -= 1
        self._moved[content] += 1
        return Fate.MOVED
