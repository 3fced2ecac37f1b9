"""The undo log: what was done to files, kept in the catalog's folder, undone latest first.

An action is a file of JSON lines, one a change, each on the disk before its change is made. So a
line may stand for a change that was never made, but no change is without its line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from photoloupe.catalog.journal.late_errors import late_errors
from photoloupe.catalog.location import is_local
from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.organize.moved_rows import MovedRows
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, PhotoError
from photoloupe.media.safe_files import (
    as_photo_error,
    changed_error,
    has_content,
    move_all,
    read_plain,
    replace_content,
)

FOLDER = "undo"
Entry = dict[str, Any]


@dataclass(frozen=True)
class Undone:
    """One change that was undone, unless there is an error.

    path: of the sidecar or of the photo's old place; did: what was undone, wrote or moved.
    """

    path: str
    did: str
    error: PhotoError | None = None


class UndoLog:
    """Log of one action; use in a `with`. No entry, no file. Raises CatalogError."""

    def __init__(self, catalog: Catalog, action: str) -> None:
        folder = undo_folder(catalog)
        numbers = [int(path.name.partition("-")[0]) for path in undo_logs(catalog)]
        self.path = folder / f"{max(numbers, default=0) + 1:06}-{action}.jsonl"
        self._file: IO[str] | None = None

    def wrote(self, path: str, before: bytes | None, after: bytes) -> None:
        """Log a sidecar's content; call it before writing. Raises OSError."""
        packed = None if before is None else base64.b64encode(zlib.compress(before)).decode()
        self._note({"wrote": path, "before": packed, "after": hashlib.sha256(after).hexdigest()})

    def moves(self, files: list[tuple[str, str, str]]) -> None:
        """Log files that move together, as (from, to, sha256); call it before. Raises OSError."""
        self._note({"moved": files})

    def _note(self, entry: Entry) -> None:
        if self._file is None:
            self.path.parent.mkdir(exist_ok=True)
            self._file = self.path.open("x")
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> UndoLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def undo_folder(catalog: Catalog) -> Path:
    """Where undo logs lie. Raises CatalogError if the catalog is not in a local folder."""
    if not is_local(catalog.uri):
        raise CatalogError(f"{catalog.uri}: not a local folder, so it cannot keep an undo log")
    return Path(catalog.uri) / FOLDER


def undo_logs(catalog: Catalog) -> list[Path]:
    """Logs of actions that can be undone, the oldest first. Raises CatalogError."""
    return sorted(undo_folder(catalog).glob("[0-9]*-*.jsonl"))


def latest_log(catalog: Catalog) -> Path:
    """The log of the latest action. Raises CatalogError if there is nothing to undo."""
    if not (found := undo_logs(catalog)):
        raise CatalogError(f"{catalog.uri}: nothing to undo")
    return found[-1]


def undo_latest(catalog: Catalog, report: Callable[[Undone], None]) -> None:
    """Undo the latest action, its last change first, and report each change.

    report: called once a change, with why it was refused, if so; if it raises, all is undone first.
    Refused changes stay in the log, to be tried again; without any the log is deleted. Raises
    CatalogError.
    """
    log = latest_log(catalog)
    with late_errors(report) as call, catalog_lock(catalog):
        refused = _undo_all(catalog, _entries(log), call)
        text = "".join(json.dumps(entry) + "\n" for entry in refused)
        replace_content(str(log), text.encode(), log.read_bytes())
        if not refused:
            log.unlink()


def _undo_all(
    catalog: Catalog, entries: list[Entry], report: Callable[[Undone], None]
) -> list[Entry]:
    """-> entries that could not be undone, in the log's order."""
    refused = list[Entry]()
    with MovedRows(catalog) as rows:
        for entry in reversed(entries):
            undone = Undone(_path(entry), "wrote" if "wrote" in entry else "moved")
            try:
                _put_back(entry, rows)
            except PhotoError as error:
                refused.insert(0, entry)
                undone = replace(undone, error=error)
            report(undone)
    return refused


def drop_latest(catalog: Catalog) -> Path:
    """Drop the latest action, not undone -> its log, renamed. Raises CatalogError, OSError."""
    log = latest_log(catalog)
    return log.rename(log.with_suffix(".given-up"))


def _path(entry: Entry) -> str:
    return str(entry["wrote"] if "wrote" in entry else entry["moved"][0][0])


def _entries(log: Path) -> list[Entry]:
    """A last line that was cut short belongs to a change that was never made."""
    *lines, _ = log.read_text().split("\n")
    return [json.loads(line) for line in lines]


def _put_back(entry: Entry, rows: MovedRows) -> None:
    if "wrote" in entry:
        _unwrite(entry["wrote"], entry["before"], entry["after"])
    else:
        files = [tuple(file) for file in entry["moved"]]
        _unmove(files)
        rows.moved(files[0][1], files[0][0])


def _unwrite(path: str, packed: str | None, after: str) -> None:
    before = None if packed is None else zlib.decompress(base64.b64decode(packed))
    now = read_plain(path)
    if now == before:
        return
    if now is None or hashlib.sha256(now).hexdigest() != after:
        raise changed_error(path, "changed since it was written; left alone")
    if before is not None:
        replace_content(path, before, now)
    else:
        with as_photo_error(path):
            Path(path).unlink()


def _unmove(files: list[tuple[str, ...]]) -> None:
    """All of them or none: a photo and its sidecars stay together."""
    away = [file for file in files if not has_content(file[0], file[2])]
    for source, target, sha256 in away:
        if not has_content(target, sha256):
            raise changed_error(target, "gone or changed since it was moved; left alone")
        if os.path.lexists(source):
            raise PhotoError("exists", target, f"{source} exists already; left alone")
    move_all([(target, source) for source, target, _ in reversed(away)])
