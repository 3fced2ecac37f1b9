"""What was worked out before: codes of photos, and pairs that a person has dismissed.

One SQLite file. Photos are known by the sha256 of their content, so renaming and moving them
forgets nothing, and whoever reads the file learns no names.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from photoloupe.crop_search.codes import PhotoCode, code_version
from photoloupe.errors import CatalogError

MARK = 0x50484C43  # "PHLC", SQLite's application_id: tells our files from others
FORMAT = 1
TABLES = """
CREATE TABLE code (sha256 TEXT, version TEXT, code BLOB NOT NULL, PRIMARY KEY (sha256, version))
  WITHOUT ROWID;
CREATE TABLE dismissed (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""
SOME = 200  # codes written together: a transaction each would wait for the disk each time


def default_path() -> Path:
    """In the user's cache folder, for folders of photos may be read-only."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "photoloupe" / "crops.sqlite"


class CropCache:
    """Open or make the file; use in a `with`. Threads may share it. Raises CatalogError."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._lock, self._unsaved = threading.Lock(), 0
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
        try:
            with self._told():
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
        with self._told(), self._lock:
            self._base.commit()
            self._base.close()

    def code(self, sha256: str) -> PhotoCode | None:
        """What `keep` kept, unless codes have changed since."""
        with self._told(), self._lock:
            row = self._base.execute(
                "SELECT code FROM code WHERE sha256 = ? AND version = ?", (sha256, code_version())
            ).fetchone()
            try:
                return PhotoCode.from_bytes(row[0]) if row else None
            except (ValueError, TypeError, struct.error):  # damaged: work it out again
                return None

    def keep(self, sha256: str, code: PhotoCode) -> None:
        with self._told(), self._lock:
            self._base.execute(
                "INSERT OR REPLACE INTO code VALUES (?, ?, ?)",
                (sha256, code_version(), code.to_bytes()),
            )
            self._unsaved += 1
            if self._unsaved % SOME == 0:
                self._base.commit()

    def dismiss(self, a: str, b: str, *, undo: bool = False) -> None:
        """Remember that a pair (by sha256, in either order) is none, or forget that."""
        remember = "INSERT OR IGNORE INTO dismissed VALUES (?, ?)"
        forget = "DELETE FROM dismissed WHERE a = ? AND b = ?"
        with self._told(), self._lock:
            self._base.execute(forget if undo else remember, sorted((a, b)))
            self._base.commit()

    def dismissed(self) -> set[tuple[str, str]]:
        """All dismissed pairs, each in sorted order."""
        with self._told(), self._lock:
            return {(a, b) for a, b in self._base.execute("SELECT a, b FROM dismissed")}

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
    def _told(self) -> Iterator[None]:
        """Errors of the disk and of SQLite as ours, with the file's name."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"{self.path}: cannot be used ({error}); delete it, name another, or use none"
            ) from error
