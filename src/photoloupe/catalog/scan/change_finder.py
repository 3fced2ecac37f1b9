"""Files there are, compared with rows there are: what must be read, and what has gone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from photoloupe.catalog.scan.file_queue import FileQueue, QueuedFile
from photoloupe.catalog.scan.file_source import FileSource, ListedFile
from photoloupe.catalog.scan.row_index import Bools, RowIndex, Rows
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog

TOGETHER = 2048  # files compared, or rows changed, at a time


class ChangeFinder:
    """Compares the files of one source with the rows of a catalogue.

    everything: `todo` of a file that has no row, as in Target.
    """

    def __init__(
        self, catalog: Catalog, index: RowIndex, everything: int, summary: ScanSummary
    ) -> None:
        self.catalog, self.index, self.everything = catalog, index, everything
        self.summary, self.queue = summary, FileQueue()

    def walk(self, source: FileSource) -> FileQueue:
        """List all files -> those to be read. Counts the others. Raises CatalogError."""
        self.source, files = source, source.files()
        while chunk := list(islice(files, TOGETHER)):
            self._compare(chunk)
        for error in source.failures:
            self.summary.fail(error)
        return self.queue

    def missing(self) -> Iterator[list[str]]:
        """Paths of rows whose file lies where was walked and was not listed; some at a time."""
        if self.index.found.all():
            return
        for batch in self.catalog.read(PRESENT, ["path"]):
            paths = batch["path"].to_pylist()
            at, hit = self.index.find(paths)
            unlisted = hit & ~self.index.found[at]
            yield [paths[k] for k in np.flatnonzero(unlisted) if self._was_walked(paths[k])]

    def _was_walked(self, path: str) -> bool:
        if path in self.source.missing:
            return True
        roots, closed = tuple(self.source.roots), tuple(self.source.closed)
        return path.startswith(roots) and not path.startswith(closed)

    def _compare(self, chunk: list[ListedFile]) -> None:
        at, hit = self.index.find([path for path, _, _ in chunk])
        rows = self.index.rows[at]
        self.index.found[at[hit]] = True
        same = hit & _is_unchanged(rows, chunk)
        rest = same & (rows["todo"] == 0)
        self._return([chunk[k][0] for k in np.flatnonzero(rest & rows["gone"])])
        self.summary.failed += int((rest & rows["failed"]).sum())
        self.summary.same += int((rest & ~rows["gone"] & ~rows["failed"]).sum())
        for k in np.flatnonzero(~rest):
            self.queue.put(self._queued(chunk[k], rows[k], bool(hit[k])))

    def _queued(self, file: ListedFile, row: Any, has_row: bool) -> QueuedFile:
        if not has_row:
            return QueuedFile(*file, False, 0, self.everything, False)
        return QueuedFile(*file, True, int(row["content"]), int(row["todo"]), bool(row["gone"]))

    def _return(self, paths: list[str]) -> None:
        self.summary.returned += len(paths)
        self.catalog.change([{"path": path, "gone_at": None} for path in paths], "gone_at")


def _is_unchanged(rows: Rows, files: list[ListedFile]) -> Bools:
    """(N,) of N rows and their files: are size and time of the file those of the row?"""
    sizes, times = (np.array([file[k] for file in files], np.int64) for k in (1, 2))
    return np.asarray((rows["bytes"] == sizes) & (rows["mtime_ns"] == times))
