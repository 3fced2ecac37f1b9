"""Rows of photos that moved: they keep all values, and get a new path."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from photoloupe.catalog.location import row_path
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.store import Catalog

TOGETHER = 256  # moves a commit; a crash before it is made up for by the next scan


class MovedRows:
    """Collects moves, and writes them in batches; use in a `with`. Raises CatalogError."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self._moves, self._targets = catalog, dict[str, str](), set[str]()

    def moved(self, source: str, target: str) -> None:
        """Record a move, after it was made."""
        source, target = row_path(source), row_path(target)
        if source in self._targets or len(self._moves) >= TOGETHER:
            self.flush()
        self._moves[source] = target
        self._targets.add(target)

    def flush(self) -> None:
        """Write what was recorded. A reader meanwhile finds a photo twice rather than never."""
        rows = self.catalog.rows_with("path", list(self._moves))
        new = [row | _file(self._moves[row["path"]]) for row in rows]
        self.catalog.remove([row["path"] for row in new])  # of files that have gone
        self.catalog.add(new)
        self.catalog.remove([row["path"] for row in rows if row["path"] not in self._targets])
        self._moves, self._targets = {}, set()

    def __enter__(self) -> MovedRows:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
        self.catalog.compact()


def _file(path: str) -> dict[str, object]:
    status = Path(text_to_path(path)).stat()
    stat = {"file_bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    return {"path": path, **stat, "gone_at": None}
