"""The files there are, against the rows there are: what is to be looked at, what has gone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from photoloupe.catalog.location import row_path
from photoloupe.catalog.scan.file_queue import File, Spool
from photoloupe.catalog.scan.row_index import Known, key_of
from photoloupe.catalog.scan.summary import Summary
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError
from photoloupe.media.paths import list_photos

TOGETHER = 2048  # files compared, or rows changed, at a time

Met = tuple[str, int, int]  # path as a row has it, bytes, mtime in nanoseconds


class Place(Protocol):
    """Where files lie, and what was met there.

    roots, closed: what paths in the walked folders, and in those that may not be read, begin with;
    missing: names without a file; failures: told so far.
    """

    roots: list[str]
    closed: list[str]
    missing: list[str]
    failures: list[PhotoError]

    def files(self) -> Iterator[Met]:
        """Each file once."""


class Folders:
    """Files of this machine. names, lines: as in paths.list_photos."""

    def __init__(self, names: Sequence[str], lines: Iterable[str] = ()) -> None:
        self.names, self.lines = names, lines
        self.roots = [_under(name) for name in names if Path(name).is_dir()]
        self.closed, self.missing = list[str](), list[str]()
        self.failures = list[PhotoError]()

    def files(self) -> Iterator[Met]:
        met = self._met(list_photos(self.names, self.lines))
        one_folder = len(self.roots) == 1 and len(self.names) == 1  # names no file twice
        return met if one_folder else each_once(met)

    def _met(self, paths: Iterable[str]) -> Iterator[Met]:
        for name in paths:
            try:
                status = os.stat(name)  # noqa: PTH116 (half the time of Path's)
            except (OSError, ValueError):
                self.missing.append(row_path(name))
                self.failures.append(PhotoError("not_found", name, "no such file"))
                continue
            if stat.S_ISDIR(status.st_mode):
                self.closed.append(_under(name))
                self.failures.append(PhotoError("not_permitted", name, "no permission to read it"))
            else:
                yield row_path(name), status.st_size, status.st_mtime_ns


class Survey:
    """One walk over a place: a spool of files to look at, and what was not met."""

    def __init__(self, catalog: Catalog, known: Known, everything: int, summary: Summary) -> None:
        self.catalog, self.known, self.everything = catalog, known, everything
        self.summary, self.spool = summary, Spool()

    def walk(self, place: Place) -> Spool:
        self.place, files = place, place.files()
        while chunk := list(islice(files, TOGETHER)):
            self._compare(chunk)
        for error in place.failures:
            self.summary.fail(error)
        return self.spool

    def gone(self) -> Iterator[list[str]]:
        """Paths of rows that lie under what was walked, and were not met; some at a time."""
        if self.known.seen.all():
            return
        for batch in self.catalog.read("gone_at IS NULL", ["path"]):
            paths = batch["path"].to_pylist()
            at, hit = self.known.find(paths)
            unmet = hit & ~self.known.seen[at]
            yield [paths[k] for k in np.flatnonzero(unmet) if self._was_walked(paths[k])]

    def _was_walked(self, path: str) -> bool:
        if path in self.place.missing:
            return True
        roots, closed = tuple(self.place.roots), tuple(self.place.closed)
        return path.startswith(roots) and not path.startswith(closed)

    def _compare(self, chunk: list[Met]) -> None:
        paths = [path for path, _, _ in chunk]
        sizes, times = (np.array([file[k] for file in chunk], np.int64) for k in (1, 2))
        at, hit = self.known.find(paths)
        rows = (
            self.known.rows[at]
            if len(self.known.rows)
            else np.zeros(len(at), self.known.rows.dtype)
        )
        if len(self.known.rows):
            self.known.seen[at[hit]] = True
        same = hit & (rows["bytes"] == sizes) & (rows["mtime_ns"] == times)
        rest = same & (rows["todo"] == 0)
        self._take_back([paths[k] for k in np.flatnonzero(rest & rows["gone"])])
        self.summary.failed += int((rest & rows["failed"]).sum())
        self.summary.same += int((rest & ~rows["gone"] & ~rows["failed"]).sum())
        for k in np.flatnonzero(~rest):
            self.spool.put(self._file(chunk[k], rows[k], bool(hit[k])))

    def _file(self, file: Met, row: Any, known: bool) -> File:
        if not known:
            return File(*file, False, 0, self.everything, False)
        return File(*file, True, int(row["content"]), int(row["todo"]), bool(row["gone"]))

    def _take_back(self, paths: list[str]) -> None:
        self.summary.returned += len(paths)
        self.catalog.change([{"path": path, "gone_at": None} for path in paths], "gone_at")


def each_once(files: Iterable[Met]) -> Iterator[Met]:
    met = set[int]()
    for file in files:
        key = key_of(file[0])
        if key not in met:
            met.add(key)
            yield file


def _under(folder: str) -> str:
    """What the paths of all that lies in a folder begin with."""
    return row_path(folder).rstrip("/") + "/"
