"""Pairs of photos that a person has dismissed: decisions, so they are not kept in a cache.

They are in the catalog's folder if there is one, else in the user's data folder, each time in a
small SQLite file. Photos are identified by the sha256 of their content, so that renaming and moving
them loses nothing. Earlier versions kept them in the cache of crop codes: those are taken over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from photoloupe.errors import CatalogError

Pairs = set[tuple[str, str]]

NAME = "dismissed.sqlite"
MARK = 0x50484C44  # "PHLD", SQLite's application_id: marks our files
CACHE_MARK = 0x50484C43  # "PHLC", of the cache that earlier versions kept them in
TABLES = """
CREATE TABLE IF NOT EXISTS dismissed (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken_over (source TEXT PRIMARY KEY);
"""


def user_file() -> Path:
    """The file in the user's data folder, for photos without a catalog."""
    return user_data_path("photoloupe", appauthor=False) / NAME


def earlier_caches() -> list[Path]:
    """Default caches of earlier versions, which were in ~/.cache on every system."""
    name = Path("photoloupe", "crops.sqlite")
    return [user_cache_path() / name, Path.home() / ".cache" / name]


class Dismissals:
    """Dismissed pairs of one catalog, and those of the user.

    catalog: the catalog's folder, None without one; cache: a file of crop codes, besides the
    default one, that may have some from an earlier version. The methods raise CatalogError if a
    file cannot be used.
    """

    def __init__(self, catalog: str | Path | None = None, cache: Path | None = None) -> None:
        self._user, self._earlier = user_file(), [*earlier_caches(), *([cache] if cache else [])]
        self._main = Path(catalog) / NAME if catalog is not None else self._user

    def pairs(self) -> Pairs:
        """All dismissed pairs of sha256, each sorted."""
        self._take_over()
        return _read(self._main) | _read(self._user)

    def add(self, a: str, b: str) -> None:
        """Dismiss a pair, in either order: in the catalog if there is one."""
        self._take_over()
        with _opened(self._main) as base:
            base.execute("INSERT OR IGNORE INTO dismissed VALUES (?, ?)", sorted((a, b)))

    def remove(self, a: str, b: str) -> None:
        """Forget that a pair was dismissed, wherever that is kept."""
        self._take_over()
        for path in {self._main, self._user}:
            if path.is_file():
                with _opened(path) as base:
                    base.execute("DELETE FROM dismissed WHERE a = ? AND b = ?", sorted((a, b)))

    def _take_over(self) -> None:
        """Copy the pairs of earlier caches into the user's file, once each."""
        for cache in self._earlier:
            pairs = _read_cache(cache)
            if pairs and str(cache) not in _read_taken_over(self._user):
                with _opened(self._user) as base:
                    base.executemany("INSERT OR IGNORE INTO dismissed VALUES (?, ?)", sorted(pairs))
                    base.execute("INSERT OR IGNORE INTO taken_over VALUES (?)", [str(cache)])


def _read(path: Path) -> Pairs:
    if not path.is_file():
        return set()
    with _opened(path) as base:
        return {(a, b) for a, b in base.execute("SELECT a, b FROM dismissed")}


def _read_taken_over(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    with _opened(path) as base:
        return {source for (source,) in base.execute("SELECT source FROM taken_over")}


def _read_cache(path: Path) -> Pairs:
    """The pairs in a cache of an earlier version; none in any other file."""
    if not path.is_file():
        return set()
    try:
        with closing(sqlite3.connect(path, timeout=30)) as base:
            if base.execute("PRAGMA application_id").fetchone()[0] != CACHE_MARK:
                return set()
            return {(a, b) for a, b in base.execute("SELECT a, b FROM dismissed")}
    except sqlite3.Error:  # no cache, or a newer one without the table
        return set()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of dismissals, made if there is none; committed at the end. Raises CatalogError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as base, base:
            _prepare(base, path)
            yield base
    except (OSError, sqlite3.Error) as error:
        raise CatalogError(f"{path}: the dismissed pairs cannot be used ({error})") from error


def _prepare(base: sqlite3.Connection, path: Path) -> None:
    mark = base.execute("PRAGMA application_id").fetchone()[0]
    if mark == MARK:
        return
    if mark or base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise CatalogError(f"{path}: was not made by photoloupe")
    for table in TABLES.strip().removesuffix(";").split(";"):
        base.execute(table)
    base.execute(f"PRAGMA application_id = {MARK}")
