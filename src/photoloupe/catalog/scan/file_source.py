"""Where a scan finds files: folders and names on this machine, or whatever else can list them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from photoloupe.catalog.location import folder_prefix, row_path
from photoloupe.catalog.scan.row_index import key_of
from photoloupe.errors import PhotoError
from photoloupe.media.paths import PassedOver, list_photos

ListedFile = tuple[str, int, int]  # path as a row has it, size in bytes, mtime in nanoseconds


class FileSource(Protocol):
    """Files to scan, and what could not be listed.

    roots: prefixes of paths in the folders that are walked; closed: prefixes of those that may not
    be read; missing: names without a file; failures: one error for each of the last two. All but
    `roots` are complete once `files` is at its end.
    """

    roots: list[str]
    closed: list[str]
    missing: list[str]
    failures: list[PhotoError]

    def files(self) -> Iterator[ListedFile]:
        """Each file once."""


class LocalFiles:
    """Files of this machine. names, lines: as in paths.list_photos."""

    def __init__(self, names: Sequence[str], lines: Iterable[str] = ()) -> None:
        self.names, self.lines = names, lines
        self.roots = [folder_prefix(name) for name in names if Path(name).is_dir()]
        self.closed, self.missing = list[str](), list[str]()
        self.failures = list[PhotoError]()
        self.passed = PassedOver()

    def files(self) -> Iterator[ListedFile]:
        """Each file once, in the order of paths.list_photos."""
        listed = self._stats(list_photos(self.names, self.lines, self.passed))
        one_folder = len(self.roots) == 1 and len(self.names) == 1  # lists no file twice
        return listed if one_folder else each_once(listed)

    def _stats(self, paths: Iterable[str]) -> Iterator[ListedFile]:
        for name in paths:
            try:
                status = os.stat(name)  # noqa: PTH116 (half the time of Path's)
            except (OSError, ValueError):
                self.missing.append(row_path(name))
                self.failures.append(PhotoError("not_found", name, "no such file"))
                continue
            if stat.S_ISDIR(status.st_mode):
                self.closed.append(folder_prefix(name))
                self.failures.append(PhotoError("not_permitted", name, "no permission to read it"))
            else:
                yield row_path(name), status.st_size, status.st_mtime_ns


def each_once(files: Iterable[ListedFile]) -> Iterator[ListedFile]:
    """Files without repetitions, by path."""
    keys = set[int]()
    for file in files:
        key = key_of(file[0])
        if key not in keys:
            keys.add(key)
            yield file
