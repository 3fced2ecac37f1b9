"""Files to be looked at, in a queue on disk."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class QueuedFile:
    """One file to be looked at. path: as a row has it.

    known: the catalogue has a row of this path; content: key of what it held then, 0 if that is
    not known; todo: what that row lacks, or everything; gone: the row says that the file had gone.
    """

    path: str
    file_bytes: int
    mtime_ns: int
    known: bool
    content: int
    todo: int
    gone: bool


class FileQueue:
    """A first scan of a large collection must hold all names somewhere. Use in a `with`."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, file: QueuedFile) -> None:
        pickle.dump(file, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[QueuedFile]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)

    def __enter__(self) -> FileQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
