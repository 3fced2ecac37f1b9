"""One process at a time changes a catalog; any number may read it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photoloupe.catalog.location import is_local
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError

try:
    from filelock import FileLock, Timeout
except ImportError as error:
    raise ImportError("a catalog needs filelock: pip install 'photoloupe[catalog]'") from error

LOCK = "scan.lock"


@contextmanager
def catalog_lock(catalog: Catalog) -> Iterator[None]:
    """Keep other processes from scanning, writing or moving. Raises CatalogError if one does.

    Two scans at once would add each photo twice. The system frees the lock when the process ends,
    however it ends. Object storage has no locks: see docs/concepts/catalog.md.
    """
    if not is_local(catalog.uri):
        yield
        return
    lock = FileLock(Path(catalog.uri) / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise CatalogError(f"{catalog.uri}: another scan is using this catalog") from error
    try:
        yield
    finally:
        lock.release()
