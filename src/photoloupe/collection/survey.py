"""The files there are, against the rows there are: what is to be looked at, what has gone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from photoloupe.collection.catalog import Catalog
from photoloupe.collection.known import Known, key_of
from photoloupe.collection.place import row_path
from photoloupe.collection.spool import File, Spool
from photoloupe.collection.summary import Summary
from photoloupe.errors import PhotoError
from photoloupe.paths import list_photos

TOGETHER = 2048  # files compared, or rows changed, at a time


class Survey:
    """One walk over what a person named: a spool of files to look at, and what was not met."""

    def __init__(self, catalog: Catalog, known: Known, everything: int, summary: Summary) -> None:
        self.catalog, self.known, self.everything = catalog, known, everything
        self.summary, self.spool = summary, Spool()
        self._closed: list[str] = []  # folders that may not be read
        self._missing: list[str] = []  # names without a file
        self._roots: list[str] = []

    def walk(self, names: Sequence[str], lines: Iterable[str] = ()) -> Spool:
        """names, lines: as in paths.list_photos."""
        self._roots = [_under(name) for name in names if Path(name).is_dir()]
        files = self._files(list_photos(names, lines))
        if len(self._roots) != 1 or len(names) != 1:  # one folder names no file twice
            files = _each_once(files)
        while chunk := list(islice(files, TOGETHER)):
            self._compare(chunk)
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
        if path in self._missing:
            return True
        return path.startswith(tuple(self._roots)) and not path.startswith(tuple(self._closed))

    def _files(self, paths: Iterable[str]) -> Iterator[tuple[str, int, int]]:
        for name in paths:
            try:
                status = os.stat(name)  # noqa: PTH116 (half the time of Path's)
            except (OSError, ValueError):
                self._missing.append(row_path(name))
                self.summary.fail(PhotoError("not_found", name, "no such file"))
                continue
            if stat.S_ISDIR(status.st_mode):
                self._closed.append(_under(name))
                self.summary.fail(PhotoError("not_permitted", name, "no permission to read it"))
            else:
                yield row_path(name), status.st_size, status.st_mtime_ns

    def _compare(self, chunk: list[tuple[str, int, int]]) -> None:
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

    def _file(self, file: tuple[str, int, int], row: Any, known: bool) -> File:
        if not known:
            return File(*file, False, 0, self.everything, False)
        return File(*file, True, int(row["content"]), int(row["todo"]), bool(row["gone"]))

    def _take_back(self, paths: list[str]) -> None:
        self.summary.returned += len(paths)
        self.catalog.change([{"path": path, "gone_at": None} for path in paths], "gone_at")


def _each_once(files: Iterator[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    met = set[int]()
    for file in files:
        key = key_of(file[0])
        if key not in met:
            met.add(key)
            yield file


def _under(folder: str) -> str:
    """What the paths of all that lies in a folder begin with."""
    return row_path(folder).rstrip("/") + "/"
