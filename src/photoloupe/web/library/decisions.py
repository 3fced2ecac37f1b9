"""A person's word on photos of a library: kept in its catalogue, and taken back."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from photoloupe.catalog.schema import DECISIONS
from photoloupe.web.errors import Refusal
from photoloupe.web.library.index import Index
from photoloupe.web.library.library import Library

MOST_UNDO = 10_000
COMPACT_EVERY = 64  # decisions: each is a commit, and leaves a small file


@dataclass(frozen=True)
class Word:
    rating: int | None
    decision: str | None


class Decisions:
    """One at a time. Knows what was before, for as long as the service runs."""

    def __init__(self, library: Library) -> None:
        self._library, self._lock, self._count = library, threading.Lock(), 0
        self._history: deque[tuple[str, str, Word]] = deque(maxlen=MOST_UNDO)

    def decide(self, name: str, changes: dict[str, Any]) -> dict[str, Any]:
        """changes: rating, decision, both or none -> the photo. Raises Refusal, CatalogError."""
        if not changes:
            return self._library.photo(name)
        with self._lock:
            index = self._library.index(fresh=True)
            number = index.find(name)
            sha256 = index.contents[number]
            if sha256 is None:
                raise Refusal(409, "no_content", "the photo could never be read")
            before = _word(index, number)
            self._keep(sha256, Word(**{**vars(before), **changes}))
            self._history.append((name, sha256, before))
        return self._library.photo(name)

    def undo(self) -> dict[str, Any]:
        """Take back the latest of this run -> the photo. Raises Refusal `nothing_to_undo`."""
        with self._lock:
            if not self._history:
                raise Refusal(409, "nothing_to_undo", "nothing was decided since the service began")
            name, sha256, before = self._history.pop()
            self._keep(sha256, before)
        return self._library.photo(name)

    def _keep(self, sha256: str, word: Word) -> None:
        catalog = self._library.catalog
        before = catalog.version
        catalog.decide(sha256, rating=word.rating, decision=word.decision)
        self._library.heard(before, sha256, word.rating, word.decision)
        self._count += 1
        if self._count % COMPACT_EVERY == 0:
            self._library.slow.later("compacting", catalog.compact)


def _word(index: Index, number: int) -> Word:
    rating, decision = int(index.ratings[number]), int(index.decisions[number])
    return Word(None if rating < 0 else rating, None if decision < 0 else DECISIONS[decision])
