"""Files to read, in a queue on disk."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class QueuedFile:
    """One file to read. path: as a row has it; file_bytes: its size; mtime_ns: its time.

    has_row: the catalog has a row of this path; content: content key of that row, 0 without one;
    todo: bits of what that row lacks, or of everything; gone: the row is marked as gone.
    """

    path: str
    file_bytes: int
    mtime_ns: int
    has_row: bool
    content: int
    todo: int
    gone: bool


class FileQueue:
    """Files in the order they were put; use in a `with`. Raises OSError.

    On disk, because a first scan of a large folder holds every name.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, file: QueuedFile) -> None:
        """Add a file at the end."""
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
