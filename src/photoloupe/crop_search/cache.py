"""A cache of crop codes: they can be worked out again, so the file may be deleted at any time.

One SQLite file. Photos are identified by the sha256 of their content, so renaming and moving them
loses nothing, and whoever reads the file learns no names.
"""

from __future__ import annotations

import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from platformdirs import user_cache_path

from photoloupe.crop_search.photo_code import PhotoCode, code_version
from photoloupe.errors import CatalogError

MARK = 0x50484C43  # "PHLC", SQLite's application_id: marks our files
FORMAT = 1
TABLES = """
CREATE TABLE code (sha256 TEXT, version TEXT, code BLOB NOT NULL, PRIMARY KEY (sha256, version))
  WITHOUT ROWID;
CREATE TABLE dismissed (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""
SOME = 200  # codes written together: a transaction each would wait for the disk each time


def default_path() -> Path:
    """In the user's cache folder, for folders of photos may be read-only."""
    return user_cache_path("photoloupe", appauthor=False) / "crops.sqlite"


class CropCache:
    """Open the SQLite file, or make it; use in a `with`. Threads may share it.

    path: by default `default_path()`. Raises CatalogError if the file cannot be used, is
    foreign, or was made by a newer version.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._lock, self._unsaved = threading.Lock(), 0
        with self._named_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
        try:
            with self._named_errors():
                self._prepare()
        except CatalogError:
            self._base.close()
            raise

    def __enter__(self) -> CropCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        with self._named_errors(), self._lock:
            self._base.commit()
            self._base.close()

    def code(self, sha256: str) -> PhotoCode | None:
        """The code kept for this content; None if there is none of this `code_version`."""
        with self._named_errors(), self._lock:
            row = self._base.execute(
                "SELECT code FROM code WHERE sha256 = ? AND version = ?", (sha256, code_version())
            ).fetchone()
            try:
                return PhotoCode.from_bytes(row[0]) if row else None
            except (ValueError, TypeError, struct.error):  # damaged: work it out again
                return None

    def keep(self, sha256: str, code: PhotoCode) -> None:
        """Save the code of a content. Raises CatalogError."""
        with self._named_errors(), self._lock:
            self._base.execute(
                "INSERT OR REPLACE INTO code VALUES (?, ?, ?)",
                (sha256, code_version(), code.to_bytes()),
            )
            self._unsaved += 1
            if self._unsaved % SOME == 0:
                self._base.commit()

    def _prepare(self) -> None:
        self._base.execute("PRAGMA journal_mode = WAL")  # one may read while another writes
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")  # two that start together make it once
            mark, made = (self._number(name) for name in ("application_id", "user_version"))
            tables = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if (mark, made, tables) == (0, 0, 0):
                for table in TABLES.strip().removesuffix(";").split(";"):
                    self._base.execute(table)
                self._base.execute(f"PRAGMA application_id = {MARK}")
                self._base.execute(f"PRAGMA user_version = {FORMAT}")
            elif mark != MARK:
                raise CatalogError(f"{self.path}: no cache of photoloupe; name another file")
            elif made > FORMAT:
                raise CatalogError(f"{self.path}: made by a newer photoloupe; name another file")

    def _number(self, pragma: str) -> int:
        return int(self._base.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Turn errors of the disk and of SQLite into CatalogError, with the file's name."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"{self.path}: cannot be used ({error}); delete it, name another, or use none"
            ) from error
