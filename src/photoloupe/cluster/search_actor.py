"""Codes -> photos that they may share pixels with, by actors that each hold a part of the index.

A batch of photos goes through all parts in turn, and carries the nearest hits so far; in the last
part it is voted. So no machine holds the complete index, and nothing is shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoloupe.catalog.snapshot import Snapshot
from photoloupe.cluster.engine import batches_of
from photoloupe.crop_search.hits import Hits
from photoloupe.crop_search.index import NEAREST, CropIndex
from photoloupe.crop_search.photo_code import Ints, PhotoCode
from photoloupe.crop_search.search import Proposal, worth_confirming
from photoloupe.crop_search.vote import vote

TOGETHER = 2048  # codes read at a time: 13 MB


@dataclass(frozen=True)
class QueryBatch:
    """Photos by their numbers, from `first` on; hits: of each, in the parts that it has met."""

    first: int
    codes: Sequence[bytes]
    hits: Sequence[Hits] = ()


@dataclass(frozen=True)
class PhotoRange:
    """Photos whose codes are still to be read."""

    first: int
    last: int


class SearchActor:
    """Called with a span or a batch -> a batch for the next part, or in the last, proposals.

    places: reference to the rows of all photos, in the order of their numbers.
    """

    def __init__(self, snapshot: Snapshot, places: Any, part: int, parts: int) -> None:
        import faiss
        import ray

        faiss.omp_set_num_threads(1)  # an actor is given one core
        self.snapshot, self.places = snapshot, ray.get(places)
        self.index, self.is_last = CropIndex(part, parts), part == parts - 1
        for some in batches_of(self._codes(self.places), TOGETHER):
            self.index.add_all(list(map(PhotoCode.from_bytes, some)))

    def __call__(self, asked: QueryBatch | PhotoRange) -> QueryBatch | list[Proposal]:
        if isinstance(asked, PhotoRange):
            asked = QueryBatch(
                asked.first, list(self._codes(self.places[asked.first : asked.last]))
            )
        codes = list(map(PhotoCode.from_bytes, asked.codes))
        hits = [self.index.hits(code, NEAREST + 1) for code in codes]
        if asked.hits:
            hits = [old.nearest_of(new) for old, new in zip(asked.hits, hits, strict=True)]
        if not self.is_last:
            return replace(asked, hits=hits)
        return [
            (number, worth_confirming(code, vote(*found.pairs(code, number))))
            for number, (code, found) in enumerate(zip(codes, hits, strict=True), asked.first)
        ]

    def _codes(self, places: Ints) -> Iterator[bytes]:
        for first in range(0, len(places), TOGETHER):
            yield from self.snapshot.codes(places[first : first + TOGETHER].tolist())
