"""Ratings and keep/reject decisions on photos of the library: saved in its catalog, and undone."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from photoloupe.catalog.schema import DECISIONS
from photoloupe.web.errors import RequestError
from photoloupe.web.library.photo_index import PhotoIndex
from photoloupe.web.library.served_photos import ServedPhotos

MAX_UNDO = 10_000
COMPACT_EVERY = 64  # decisions: each is a commit and leaves a small file


@dataclass(frozen=True)
class PhotoDecision:
    """rating: 0 to 5 stars; decision: "keep" or "reject"; None: not given."""

    rating: int | None
    decision: str | None


class Decisions:
    """Saves decisions one at a time, and remembers what they replaced until the service ends."""

    def __init__(self, photos: ServedPhotos) -> None:
        self._photos, self._lock, self._count = photos, threading.Lock(), 0
        self._history: deque[tuple[str, str, PhotoDecision]] = deque(maxlen=MAX_UNDO)

    def decide(self, name: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change the rating, decision, both or none of the photo with this id -> the photo.

        Raises RequestError `not_found`, or `no_content` for a file that was never readable;
        CatalogError.
        """
        if not changes:
            return self._photos.photo(name)
        with self._lock:
            index = self._photos.index(fresh=True)
            number = index.find(name)
            sha256 = index.contents[number]
            if sha256 is None:
                raise RequestError(409, "no_content", "the file was never readable")
            before = _decision_at(index, number)
            self._save(sha256, PhotoDecision(**{**vars(before), **changes}))
            self._history.append((name, sha256, before))
        return self._photos.photo(name)

    def undo(self) -> dict[str, Any]:
        """Undo the latest change of this run -> the photo.

        Raises RequestError `nothing_to_undo`, CatalogError.
        """
        with self._lock:
            if not self._history:
                message = "no decision was made since the service started"
                raise RequestError(409, "nothing_to_undo", message)
            name, sha256, before = self._history.pop()
            self._save(sha256, before)
        return self._photos.photo(name)

    def _save(self, sha256: str, decision: PhotoDecision) -> None:
        catalog = self._photos.catalog
        before = catalog.version
        catalog.decide(sha256, rating=decision.rating, decision=decision.decision)
        self._photos.apply_decision(before, sha256, decision.rating, decision.decision)
        self._count += 1
        if self._count % COMPACT_EVERY == 0:
            self._photos.worker.submit("compacting the catalog", catalog.compact)


def _decision_at(index: PhotoIndex, number: int) -> PhotoDecision:
    rating, decision = int(index.ratings[number]), int(index.decisions[number])
    return PhotoDecision(
        None if rating < 0 else rating, None if decision < 0 else DECISIONS[decision]
    )
