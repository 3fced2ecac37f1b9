"""Files there are, compared with rows there are: what must be read, and what has gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from photoloupe.catalog.scan.fate import Fate
from photoloupe.catalog.scan.file_queue import FileQueue, QueuedFile
from photoloupe.catalog.scan.file_source import FileSource, ListedFile
from photoloupe.catalog.scan.row_index import Bools, RowIndex, Rows
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog

TOGETHER = 2048  # files compared, or rows changed, at a time


class ChangeFinder:
    """Compares the files of one source with the rows of a catalog.

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
        """Paths of rows whose file should have been listed and was not; some at a time.

        Call it after `walk`. Raises CatalogError.
        """
        for paths, _ in self._missing():
            yield paths

    def missing_contents(self) -> Counter[int]:
        """Number of missing files by content key. Call it after `walk`. Raises CatalogError."""
        return Counter(content for _, contents in self._missing() for content in contents)

    def _missing(self) -> Iterator[tuple[list[str], list[int]]]:
        """Paths and content keys of rows under the walked folders that no file was listed for."""
        if self.index.found.all():
            return
        for batch in self.catalog.read(PRESENT, ["path"]):
            paths = batch["path"].to_pylist()
            at, hit = self.index.find(paths)
            unlisted = np.flatnonzero(hit & ~self.index.found[at])
            gone = [k for k in unlisted if self._was_walked(paths[k])]
            yield [paths[k] for k in gone], self.index.rows["content"][at[gone]].tolist()

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
        self._bring_back([chunk[k][0] for k in np.flatnonzero(rest & rows["gone"])])
        failed, gone = rows["failed"], rows["gone"]
        self.summary.count(Fate.FAILED, int((rest & failed).sum()))
        self.summary.count(Fate.RETURNED, int((rest & gone & ~failed).sum()))
        self.summary.count(Fate.SAME, int((rest & ~gone & ~failed).sum()))
        for k in np.flatnonzero(~rest):
            self.queue.put(self._queued(chunk[k], rows[k], bool(hit[k])))

    def _queued(self, file: ListedFile, row: Any, has_row: bool) -> QueuedFile:
        if not has_row:
            return QueuedFile(*file, False, 0, self.everything, False)
        return QueuedFile(*file, True, int(row["content"]), int(row["todo"]), bool(row["gone"]))

    def _bring_back(self, paths: list[str]) -> None:
        self.catalog.change([{"path": path, "gone_at": None} for path in paths], "gone_at")


def _is_unchanged(rows: Rows, files: list[ListedFile]) -> Bools:
    """(N,) of N rows and their files: are size and time of the file those of the row?"""
    sizes, times = (np.array([file[k] for file in files], np.int64) for k in (1, 2))
    return np.asarray((rows["bytes"] == sizes) & (rows["mtime_ns"] == times))
