"""The photos of a served catalog: filtered and sorted by an in-memory index, read by id.

Called from several threads; slow work is done by one more (background_worker.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.rows import row_to_dict
from photoloupe.catalog.schema import SHOWN, path_to_text, text_to_path
from photoloupe.catalog.store import Catalog
from photoloupe.errors import ExpressionError
from photoloupe.questions.registry import QUESTIONS
from photoloupe.web.background_worker import BackgroundWorker
from photoloupe.web.errors import RequestError
from photoloupe.web.library.bursts import LibraryBursts, find_library_bursts
from photoloupe.web.library.photo_index import FILTERS, Masks, PhotoIndex, load_index, photo_id
from photoloupe.web.security.allowed_files import AllowedFolder
from photoloupe.web.security.where_clause import check_where

ROWS_PER_QUERY = 500
CHECK_SECONDS = 0.2  # between two checks whether the catalog has changed
REPORT = ("path", "sha256", "width", "height", "format", *QUESTIONS, "model", "note", "error")


class CropPaths(Protocol):
    """Row paths of the photos that are crops of others; None: not known yet."""

    def __call__(self, *, search: bool) -> frozenset[str] | None:
        """search: start the search for crops, if there was none."""


class ServedPhotos:
    """The photos of a catalog whose files are inside the allowed folder.

    listeners: called with the index when it is read or checked, unless a scan is running.
    """

    def __init__(self, catalog: Catalog, folder: AllowedFolder) -> None:
        self.catalog, self.folder, self.worker = catalog, folder, BackgroundWorker()
        self.scanning: Callable[[], bool] = lambda: False
        self.listeners: list[Callable[[PhotoIndex], None]] = [self._find_bursts]
        self.crop_paths: CropPaths = lambda *, search: None
        self._index: PhotoIndex | None = None
        self._bursts: LibraryBursts | None = None
        self._checked_at = 0.0
        self._reading = threading.Lock()

    # --- the index -------------------------------------------------------------------------------

    def index(self, *, fresh: bool = False) -> PhotoIndex:
        """The index at the catalog's version, or unless `fresh` at one of CHECK_SECONDS ago.

        Raises CatalogError.
        """
        index = self._index
        recent = time.monotonic() - self._checked_at < CHECK_SECONDS
        if index is not None and not fresh and recent:
            return index
        if not self._reading.acquire(blocking=fresh or index is None):
            assert index is not None
            return index  # another thread is reading the new one
        try:
            return self._checked_index()
        finally:
            self._reading.release()

    def _checked_index(self) -> PhotoIndex:
        self._checked_at = time.monotonic()
        if self._index is None or self.catalog.version != self._index.version:
            self._index = load_index(self.catalog, self.folder.row_prefixes())
            self.folder.set_from_paths(map(text_to_path, self._index.paths))
        if not self.scanning():
            for listener in self.listeners:
                listener(self._index)
        return self._index

    def _find_bursts(self, index: PhotoIndex) -> None:
        def find() -> None:
            self._bursts = find_library_bursts(self.catalog, index)

        if self._bursts is None or self._bursts.key != index.key:
            self.worker.submit("finding bursts", find)

    def apply_decision(
        self, before: int, sha256: str, rating: int | None, decision: str | None
    ) -> None:
        """Update the index for a decision that was written when the catalog was at `before`.

        If another program wrote at the same time, the index is read again instead.
        """
        with self._reading:
            after, index = self.catalog.version, self._index
            if index is not None and index.version == before and after == before + 1:
                self._index = index.with_decision(after, sha256, rating, decision)
            else:
                self._checked_at = 0.0

    # --- reading ---------------------------------------------------------------------------------

    def find_ids(self, where: str | None, chosen: str, sort: str, descending: bool) -> list[str]:
        """Ids of the photos that match a filter and an expression, in order.

        where: an expression as in `photoloupe query`; chosen: "crops" or a name in FILTERS.
        Raises RequestError `bad_expression`, CatalogError.
        """
        index = self.index()
        if chosen == "crops":
            mask = _mask_at(index, self.crop_paths(search=True) or ())
        else:
            mask = FILTERS[chosen](index)
        if where:
            mask = mask & self._matching(index, where)
        order = index.order(sort, descending=descending)
        return [index.ids[number] for number in order[mask[order]].tolist()]

    def burst_ids(self, name: str) -> set[str]:
        """Ids of the photos of a burst."""
        names = self._bursts.names if self._bursts else {}
        return {photo_id(path) for path, burst in names.items() if burst == name}

    def _matching(self, index: PhotoIndex, where: str) -> Masks:
        try:
            found = query(self.catalog, check_where(where), ["path"])
            return _mask_at(index, (path for batch in found for path in batch["path"].to_pylist()))
        except ExpressionError as error:
            raise RequestError(422, "bad_expression", str(error)) from error

    def filter_counts(self) -> dict[str, int | None]:
        """Number of photos per filter, and the catalog's version. Raises CatalogError."""
        index = self.index()
        counts: dict[str, int | None] = {
            name: int(mask_of(index).sum()) for name, mask_of in FILTERS.items()
        }
        crops = self.crop_paths(search=False)
        counts["crops"] = None if crops is None else int(_mask_at(index, crops).sum())
        return {**counts, "version": index.version}

    def path_of(self, name: str) -> str:
        """The row path of the photo with this id. Raises RequestError `not_found`."""
        index = self.index()
        return index.paths[index.find(name)]

    def by_ids(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Photos as `PhotoReport.to_dict()` with the catalog's fields, in the order of the ids.

        Unknown ids are left out. Raises CatalogError.
        """
        index = self.index()
        wanted = {index.paths[index.number[name]]: name for name in ids if name in index.number}
        paths, rows = list(wanted), dict[str, Any]()
        for start in range(0, len(paths), ROWS_PER_QUERY):
            some = self.catalog.rows_with("path", paths[start : start + ROWS_PER_QUERY], SHOWN)
            rows |= {row["path"]: row for row in some}
        return [self._photo(name, rows[path]) for path, name in wanted.items() if path in rows]

    def photo(self, name: str) -> dict[str, Any]:
        """The photo with this id, as in `by_ids`. Raises RequestError `not_found`."""
        for photo in self.by_ids([name]):
            return photo
        raise RequestError(404, "not_found", f"no photo has the id {name[:40]}")

    def _photo(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        values, bursts = row_to_dict(row), self._bursts
        report = {key: values[key] for key in REPORT}
        models = {
            task: by for task, by in (values["model"] or {}).items() if task in QUESTIONS and by
        }
        return {
            **report,
            "path": self.folder.relative_path(row["path"]),
            "model": models,
            "id": name,
            "rating": values["rating"],
            "decision": values["decision"],
            "camera": values["camera"],
            "burst": bursts.names.get(row["path"]) if bursts else None,
            "best": bool(bursts and row["path"] in bursts.best),
        }

    def file_of(self, name: str) -> str:
        """The real path of the file of the photo with this id.

        Raises RequestError `not_found`, `outside`, or the code of a file that is unreadable.
        """
        index = self.index()
        number = index.find(name)
        path = index.paths[number]
        if index.flags["error.code"][number]:
            error, shown = self.photo(name)["error"], self.folder.relative_path(path)
            raise RequestError(404, error["code"], f"{shown}: {error['message']}")
        return self.folder.checked_path(text_to_path(path))

    def catalogd_file(self, name: str) -> str:
        """A path, relative or absolute, of a photo of the catalog -> its real path.

        Raises RequestError `outside`.
        """
        index = self.index()
        for prefix in ("", *self.folder.prefixes):
            number = index.by_path.get(path_to_text(prefix + name))
            if number is not None:
                return self.folder.checked_path(text_to_path(index.paths[number]))
        raise RequestError(403, "outside", "no photo of the catalog has this path")

    @property
    def bursts_state(self) -> str:
        """`ready` or `computing`."""
        return "ready" if self._bursts is not None else "computing"


def _mask_at(index: PhotoIndex, paths: Iterable[str]) -> Masks:
    """True for the photos at these row paths."""
    mask = np.zeros(len(index), bool)
    mask[[index.by_path[path] for path in paths if path in index.by_path]] = True
    return mask
