"""A catalogue that is served: its index, kept at the catalogue's version, and what follows from it.

Called from several threads. What takes long (bursts, crop families) is worked out in one more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from photoloupe.collection.catalog import Catalog
from photoloupe.collection.query import query
from photoloupe.collection.rows import as_dict
from photoloupe.collection.schema import DECISIONS, SHOWN, path_to_text, text_to_path
from photoloupe.collection.similar import embedding_card, neighbours
from photoloupe.errors import ExpressionError
from photoloupe.inspector import Answer
from photoloupe.photo import Content, Limits
from photoloupe.results import TASKS
from photoloupe.web.bursts import Bursts, find_bursts
from photoloupe.web.expressions import checked
from photoloupe.web.index import (
    FILTERS,
    Index,
    decision_number,
    id_of,
    load_index,
    rating_number,
)
from photoloupe.web.kinship import (
    MESSAGES,
    Codes,
    Kinship,
    find_kinship,
    load_codes,
    member_box,
    sources_of,
    state_of,
)
from photoloupe.web.places import Places
from photoloupe.web.refusals import Refusal

LOOK_SECONDS = 0.2  # between two looks whether the catalogue has changed
MOST_UNDO = 10_000
COMPACT_EVERY = 64  # decisions: each is a commit, and leaves a small file
FEW = 2_000  # photos whose crop families are looked for without being asked
REPORT = ("path", "sha256", "width", "height", "format", *TASKS, "model", "error")

LOG = logging.getLogger("photoloupe.web")


class Library:
    """catalog: what is served; places: where its files may lie; jobs: threads for the slow part."""

    def __init__(self, catalog: Catalog, places: Places, jobs: int) -> None:
        self.catalog, self.places, self.jobs = catalog, places, jobs
        self.scanning: Callable[[], bool] = lambda: False
        self._index: Index | None = None
        self._looked = 0.0
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._history: deque[tuple[str, str, int | None, str | None]] = deque(maxlen=MOST_UNDO)
        self._decisions, self._closed = 0, False
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="photoloupe-slow")
        self._busy: dict[str, Future[None]] = {}
        self._bursts: Bursts | None = None
        self._kinship: Kinship | None = None
        self._codes: Codes | None = None

    def close(self) -> None:
        self._closed = True
        self._slow.shutdown(wait=False, cancel_futures=True)

    # --- the index -------------------------------------------------------------------------------

    def index(self) -> Index:
        """At the catalogue's version, or a moment before. Raises CatalogError."""
        index = self._index
        if index is not None and time.monotonic() - self._looked < LOOK_SECONDS:
            return index
        if not self._reading.acquire(blocking=index is None):
            assert index is not None
            return index  # another thread is just reading it anew
        try:
            self._looked = time.monotonic()
            if self._index is None or self.catalog.version != self._index.version:
                self._index = load_index(self.catalog, self.places.begins())
                self.places.learn(map(text_to_path, self._index.paths))
            self._keep_up(self._index)
            return self._index
        finally:
            self._reading.release()

    def _keep_up(self, index: Index) -> None:
        """What follows from the photos, once no scan brings more of them."""

        def find() -> None:
            self._bursts = find_bursts(self.catalog, index)

        if self.scanning():
            return
        if self._bursts is None or self._bursts.key != index.key:
            self._later("bursts", find)
        if len(index) <= FEW:
            self._seek_kinship(index)

    def _later(self, name: str, work: Callable[[], None]) -> None:
        """In the thread for what takes long, unless it is waiting or at work there."""

        def told() -> None:
            try:
                work()
            except InterruptedError:
                pass
            except Exception:
                LOG.exception("%s could not be worked out", name)

        if name not in self._busy or self._busy[name].done():
            self._busy[name] = self._slow.submit(told)

    # --- reading ---------------------------------------------------------------------------------

    def ids(self, where: str | None, chosen: str, sort: str, descending: bool) -> list[str]:
        """Of the photos asked for, in order; where: as in `photoloupe query`. Raises Refusal."""
        index = self.index()
        mask = self._crops_mask(index) if chosen == "crops" else FILTERS[chosen](index)
        if where:
            mask = mask & self._matching(index, where)
        order = index.order(sort, descending=descending)
        return [index.ids[number] for number in order[mask[order]].tolist()]

    def _crops_mask(self, index: Index) -> Any:
        crops = self.kinship().crops
        return np.array([path in crops for path in index.paths], bool)

    def _matching(self, index: Index, where: str) -> Any:
        mask = np.zeros(len(index), bool)
        try:
            for batch in query(self.catalog, checked(where), ["path"]):
                paths = batch["path"].to_pylist()
                mask[[index.by_path[path] for path in paths if path in index.by_path]] = True
        except ExpressionError as error:
            raise Refusal(422, "bad_expression", str(error)) from error
        return mask

    def counts(self) -> dict[str, int | None]:
        index = self.index()
        counts: dict[str, int | None] = {
            name: int(count(index).sum()) for name, count in FILTERS.items()
        }
        kinship = self._kinship
        known = kinship is not None and kinship.state == "found"
        counts["crops"] = int(self._crops_mask(index).sum()) if known else None
        return {**counts, "version": index.version}

    def number(self, name: str) -> int:
        """Raises Refusal `not_found`."""
        number = self.index().number.get(name)
        if number is None:
            raise Refusal(404, "not_found", f"no photo has the id {name[:40]}")
        return number

    def photos(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """As `PhotoReport.to_dict()` and more, in the ids' order, without those not there."""
        index = self.index()
        wanted = {index.paths[index.number[name]]: name for name in ids if name in index.number}
        rows = {row["path"]: row for row in self.catalog.having("path", list(wanted), SHOWN)}
        return [self._photo(name, rows[path]) for path, name in wanted.items() if path in rows]

    def photo(self, name: str) -> dict[str, Any]:
        """Raises Refusal `not_found`."""
        self.number(name)
        for photo in self.photos([name]):
            return photo
        raise Refusal(404, "not_found", f"no photo has the id {name[:40]}")

    def _photo(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        values, bursts = as_dict(row), self._bursts
        report = {key: values[key] for key in REPORT}
        said = {task: by for task, by in (values["model"] or {}).items() if task in TASKS and by}
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
        """The real path of a photo's file. Raises Refusal; PhotoError where the row is one."""
        index = self.index()
        number = self.number(name)
        if index.flags["error.code"][number]:
            error = self.photo(name)["error"]
            shown = self.places.shown(index.paths[number])
            raise Refusal(404, error["code"], f"{shown}: {error['message']}")
        return self.places.inside(text_to_path(index.paths[number]))

    def known_file(self, name: str) -> str:
        """A path, relative or whole, of a photo that is there -> its real path. Raises Refusal."""
        index = self.index()
        for begin in ("", *self.places.begins()):
            number = index.by_path.get(path_to_text(begin + name))
            if number is not None:
                return self.places.inside(text_to_path(index.paths[number]))
        raise Refusal(403, "outside", "no photo of the catalogue has this path")

    @property
    def bursts_state(self) -> str:
        return "ready" if self._bursts is not None else "computing"

    # --- likeness --------------------------------------------------------------------------------

    def similar_to(self, name: str, count: int) -> list[dict[str, Any]]:
        """Photos with `likeness`, without this one. Raises Refusal."""
        path, card = self.index().paths[self.number(name)], embedding_card()
        (row,) = self.catalog.having("path", [path], ["embedding", "model"])
        if row["embedding"] is None or row["model"]["embedding"] != card.version:
            raise Refusal(409, "no_embedding", "not looked at by this model; scan again")
        return self._alike(np.asarray(row["embedding"], np.float32), count + 1, but=name)[:count]

    def similar_to_answer(self, answer: Answer, count: int) -> list[dict[str, Any]]:
        """Photos that look like one that is not here."""
        if answer.embedding is None:
            raise Refusal(409, "no_embedding", "no installed model gives an embedding")
        return self._alike(answer.embedding, count)

    def _alike(self, vector: Any, count: int, but: str = "") -> list[dict[str, Any]]:
        found = neighbours(self.catalog, vector, embedding_card(), count)
        likeness = {id_of(path_to_text(near.path)): near.similarity for near in found}
        likeness.pop(but, None)
        return [
            {**photo, "likeness": round(min(1.0, max(0.0, likeness[photo["id"]])), 4)}
            for photo in self.photos(list(likeness))
        ]

    # --- a person's word -------------------------------------------------------------------------

    def decide(self, name: str, changes: dict[str, Any]) -> dict[str, Any]:
        """changes: rating, decision, or both. Raises Refusal, CatalogError."""
        with self._writing:
            self._looked = 0.0
            index = self.index()
            sha256 = index.contents[self.number(name)]
            if sha256 is None:
                raise Refusal(409, "no_content", "the photo could never be read")
            number = index.number[name]
            decision = int(index.decisions[number])
            before = {
                "rating": None if index.ratings[number] < 0 else int(index.ratings[number]),
                "decision": None if decision < 0 else DECISIONS[decision],
            }
            self._decide(sha256, **{**before, **changes})
            self._history.append((name, sha256, before["rating"], before["decision"]))  # type: ignore[arg-type]
        return self.photo(name)

    def undo(self) -> dict[str, Any]:
        """Take back the latest decision of this run. Raises Refusal `nothing_to_undo`."""
        with self._writing:
            if not self._history:
                raise Refusal(409, "nothing_to_undo", "nothing was decided since the service began")
            name, sha256, rating, decision = self._history.pop()
            self._decide(sha256, rating, decision)
        return self.photo(name)

    def _decide(self, sha256: str, rating: int | None, decision: str | None) -> None:
        before = self.catalog.version
        self.catalog.decide(sha256, rating=rating, decision=decision)
        after, index = self.catalog.version, self._index
        if index is not None and index.version == before and after == before + 1:  # nobody else
            self._index = index.with_word(
                after, sha256, rating_number(rating), decision_number(decision)
            )
        else:
            self._looked = 0.0
        self._decisions += 1
        if self._decisions % COMPACT_EVERY == 0:
            self._later("compacting", self.catalog.compact)

    # --- crops -----------------------------------------------------------------------------------

    def kinship(self) -> Kinship:
        """What is known of crops now; asking has them looked for."""
        index = self.index()
        self._seek_kinship(index)
        return self._kinship or Kinship(index.key, index.version, "searching")

    def _seek_kinship(self, index: Index) -> None:
        def find() -> None:
            paths = self._openable(index)
            self._kinship = find_kinship(self.catalog, paths, index, self.jobs, self._go_on)

        known = self._kinship
        # Crop features may have come since, of the very same photos.
        lacking = known is not None and known.state != "found" and known.version != index.version
        if known is None or known.key != index.key or lacking:
            self._later("crop families", find)

    def _go_on(self, _: str) -> None:
        """Called now and then by what takes long; ends it when the service ends."""
        if self._closed:
            raise InterruptedError("the service ends")

    def codes(self) -> Codes:
        """Raises Refusal `no_crop_features`."""
        index = self.index()
        if self._codes is None or self._codes.key != index.key:
            if state_of(self.catalog) != "found":
                what = "the catalogue holds no crop features; photoloupe scan --crops keeps them"
                raise Refusal(409, "no_crop_features", what)
            self._codes = load_codes(self.catalog, self._openable(index), index.key)
        return self._codes

    def families(self) -> dict[str, Any]:
        """What GET /v1/crops answers."""
        kinship = self.kinship()
        families = [self._family(group) for group in kinship.groups]
        return {
            "families": [family for family in families if family is not None],
            "ready": kinship.state == "found",
            "state": kinship.state,
            "message": MESSAGES[kinship.state],
        }

    def _family(self, group: Any) -> dict[str, Any] | None:
        ids = [id_of(path_to_text(path)) for path in group.photos]
        photos = {photo["id"]: photo for photo in self.photos(ids)}
        if ids[0] not in photos:
            return None
        members = []
        for path, name in zip(group.photos[1:], ids[1:], strict=True):
            found = member_box(group, path)
            if found is not None and name in photos:
                row, box = found
                said = {"verdict": row.verdict, "confidence": round(row.confidence, 4)}
                members.append({"photo": photos[name], "box_xyxy": box, **said})
        return {"source": photos[ids[0]], "crops": members}

    def sources_of(self, name: str) -> list[dict[str, Any]]:
        """Where a photo of the catalogue was cut from. Raises Refusal."""
        path = text_to_path(self.index().paths[self.number(name)])
        codes = self.codes()
        query = next((photo for photo in codes.photos if photo.path == path), None)
        if query is None:
            raise Refusal(409, "no_content", "the photo could not be read when it was scanned")
        return self._relations(query, codes)

    def sources_of_upload(self, content: Content, limits: Limits) -> list[dict[str, Any]]:
        """Where a photo that is not here was cut from. Raises Refusal, PhotoError."""
        codes = self.codes()
        from photoloupe.crops.reading import code_content

        return self._relations(code_content(content, limits), codes)

    def _relations(self, query: Any, codes: Codes) -> list[dict[str, Any]]:
        rows = sources_of(query, codes, self.jobs)
        others = [row.crop if row.source == query.path else row.source for row in rows]
        ids = [id_of(path_to_text(path)) for path in others]
        photos = {photo["id"]: photo for photo in self.photos(ids)}
        return [
            {"source": photos[name], "crop": self._shown(row.to_dict())}
            for name, row in zip(ids, rows, strict=True)
            if name in photos
        ]

    def _shown(self, crop: dict[str, Any]) -> dict[str, Any]:
        names = {side: self.places.shown(path_to_text(crop[side])) for side in ("crop", "source")}
        return {**crop, **names}

    def _openable(self, index: Index) -> set[str]:
        """Paths of rows whose file lies inside the served folder."""
        found = set()
        for path in index.paths:
            try:
                self.places.inside(text_to_path(path))
            except Refusal:
                continue
            found.add(path)
        return found
