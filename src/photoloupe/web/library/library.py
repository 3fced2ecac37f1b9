"""A catalogue that is served: its index, kept at the catalogue's version, and its photos.

Called from several threads. What takes long is worked out in one more (slow.py).
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
from photoloupe.web.background import Slow
from photoloupe.web.errors import Refusal
from photoloupe.web.library.bursts import Bursts, find_bursts
from photoloupe.web.library.index import FILTERS, Index, Masks, id_of, load_index
from photoloupe.web.security.allowed_files import Places
from photoloupe.web.security.where_clause import checked

TOGETHER = 500  # rows fetched by one question
LOOK_SECONDS = 0.2  # between two looks whether the catalogue has changed
REPORT = ("path", "sha256", "width", "height", "format", *QUESTIONS, "model", "error")


class KnownCrops(Protocol):
    """Paths of rows that are crops of others; None: not known. seek: have it looked for."""

    def __call__(self, *, seek: bool) -> frozenset[str] | None: ...


class Library:
    """catalog: what is served; places: where its files may lie.

    followers: are told the index now and then, while no scan is at work.
    """

    def __init__(self, catalog: Catalog, places: Places) -> None:
        self.catalog, self.places, self.slow = catalog, places, Slow()
        self.scanning: Callable[[], bool] = lambda: False
        self.followers: list[Callable[[Index], None]] = [self._follow]
        self.crops: KnownCrops = lambda *, seek: None
        self._index: Index | None = None
        self._bursts: Bursts | None = None
        self._looked = 0.0
        self._reading = threading.Lock()

    # --- the index -------------------------------------------------------------------------------

    def index(self, *, fresh: bool = False) -> Index:
        """At the catalogue's version, or if not `fresh` a moment before. Raises CatalogError."""
        index = self._index
        if index is not None and not fresh and time.monotonic() - self._looked < LOOK_SECONDS:
            return index
        if not self._reading.acquire(blocking=fresh or index is None):
            assert index is not None
            return index  # another thread is just reading it anew
        try:
            self._looked = time.monotonic()
            if self._index is None or self.catalog.version != self._index.version:
                self._index = load_index(self.catalog, self.places.begins())
                self.places.learn(map(text_to_path, self._index.paths))
            if not self.scanning():
                for follow in self.followers:
                    follow(self._index)
            return self._index
        finally:
            self._reading.release()

    def _follow(self, index: Index) -> None:
        def find() -> None:
            self._bursts = find_bursts(self.catalog, index)

        if self._bursts is None or self._bursts.key != index.key:
            self.slow.later("bursts", find)

    def heard(self, before: int, sha256: str, rating: int | None, decision: str | None) -> None:
        """A person's word was written. If the catalogue was at `before`, the index takes it over.

        Else somebody else wrote too, and it is read anew.
        """
        with self._reading:
            after, index = self.catalog.version, self._index
            if index is not None and index.version == before and after == before + 1:
                self._index = index.with_word(after, sha256, rating, decision)
            else:
                self._looked = 0.0

    # --- reading ---------------------------------------------------------------------------------

    def ids(self, where: str | None, chosen: str, sort: str, descending: bool) -> list[str]:
        """Of the photos asked for, in order; where: as in `photoloupe query`. Raises Refusal."""
        index = self.index()
        if chosen == "crops":
            mask = _at(index, self.crops(seek=True) or ())
        else:
            mask = FILTERS[chosen](index)
        if where:
            mask = mask & self._matching(index, where)
        order = index.order(sort, descending=descending)
        return [index.ids[number] for number in order[mask[order]].tolist()]

    def burst(self, name: str) -> set[str]:
        """Ids of the photos of a burst."""
        of = self._bursts.of if self._bursts else {}
        return {id_of(path) for path, burst in of.items() if burst == name}

    def _matching(self, index: Index, where: str) -> Masks:
        try:
            found = query(self.catalog, checked(where), ["path"])
            return _at(index, (path for batch in found for path in batch["path"].to_pylist()))
        except ExpressionError as error:
            raise Refusal(422, "bad_expression", str(error)) from error

    def counts(self) -> dict[str, int | None]:
        index = self.index()
        counts: dict[str, int | None] = {
            name: int(count(index).sum()) for name, count in FILTERS.items()
        }
        crops = self.crops(seek=False)
        counts["crops"] = None if crops is None else int(_at(index, crops).sum())
        return {**counts, "version": index.version}

    def path(self, name: str) -> str:
        """Of its row. Raises Refusal `not_found`."""
        index = self.index()
        return index.paths[index.find(name)]

    def photos(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """As `PhotoReport.to_dict()` and more, in the ids' order, without those not there."""
        index = self.index()
        wanted = {index.paths[index.number[name]]: name for name in ids if name in index.number}
        paths, rows = list(wanted), dict[str, Any]()
        for start in range(0, len(paths), TOGETHER):
            some = self.catalog.rows_with("path", paths[start : start + TOGETHER], SHOWN)
            rows |= {row["path"]: row for row in some}
        return [self._photo(name, rows[path]) for path, name in wanted.items() if path in rows]

    def photo(self, name: str) -> dict[str, Any]:
        """Raises Refusal `not_found`."""
        for photo in self.photos([name]):
            return photo
        raise Refusal(404, "not_found", f"no photo has the id {name[:40]}")

    def _photo(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        values, bursts = row_to_dict(row), self._bursts
        report = {key: values[key] for key in REPORT}
        said = {
            task: by for task, by in (values["model"] or {}).items() if task in QUESTIONS and by
        }
        return {
            **report,
            "path": self.places.shown(row["path"]),
            "model": said,
            "id": name,
            "rating": values["rating"],
            "decision": values["decision"],
            "camera": values["camera"],
            "burst": bursts.of.get(row["path"]) if bursts else None,
            "best": bool(bursts and row["path"] in bursts.best),
        }

    def file(self, name: str) -> str:
        """The real path of a photo's file. Raises Refusal, also for what could not be read."""
        index = self.index()
        number = index.find(name)
        path = index.paths[number]
        if index.flags["error.code"][number]:
            error = self.photo(name)["error"]
            raise Refusal(404, error["code"], f"{self.places.shown(path)}: {error['message']}")
        return self.places.inside(text_to_path(path))

    def known_file(self, name: str) -> str:
        """A path, relative or whole, of a photo that is there -> its real path. Raises Refusal."""
        index = self.index()
        for begin in ("", *self.places.folders):
            number = index.by_path.get(path_to_text(begin + name))
            if number is not None:
                return self.places.inside(text_to_path(index.paths[number]))
        raise Refusal(403, "outside", "no photo of the catalogue has this path")

    @property
    def bursts_state(self) -> str:
        return "ready" if self._bursts is not None else "computing"


def _at(index: Index, paths: Iterable[str]) -> Masks:
    """True for the photos at these paths."""
    mask = np.zeros(len(index), bool)
    mask[[index.by_path[path] for path in paths if path in index.by_path]] = True
    return mask
