"""An index over the codes of many photos: which of them share features with a query?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.crop_search.codebook import decode, empty_index
from photoloupe.crop_search.hits import Hits
from photoloupe.crop_search.photo_code import ROW, Ints, PhotoCode, marks
from photoloupe.crop_search.vote import Candidate, vote

MARK = np.dtype(ROW.descr[1:])  # of a row, without its code: FAISS holds the codes
NEAREST = 10  # rows of other photos that one feature of the query may vote for


class CropIndex:
    """Photos have numbers, in the order added, from 0.

    shard, shards: keep only the rows in about one of `shards` cells. Every photo is added to each
    shard, and the nearest hits of all shards are those of one index that holds all rows.
    """

    def __init__(self, shard: int = 0, shards: int = 1) -> None:
        self.shard, self.shards = shard, shards
        self._index = empty_index()
        self._marks: list[npt.NDArray[Any]] = []  # joined into one when they are looked up
        self._starts = [0]
        self._full_wh: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._full_wh)

    def add(self, code: PhotoCode) -> int:
        """Add one photo -> its number."""
        self.add_all([code])
        return len(self) - 1

    def add_all(self, codes: Sequence[PhotoCode]) -> None:
        """Add some photos, in order."""
        rows = np.concatenate([code.rows for code in codes])
        photo = np.repeat(np.arange(len(codes)), [len(code.rows) for code in codes])
        if self.shards > 1:  # the cell is the first two bytes, a number for each half
            ours = rows["code"][:, :2].sum(1, dtype=int) % self.shards == self.shard
            rows, photo = rows[ours], photo[ours]
        if len(rows):
            self._index.add_sa_codes(np.ascontiguousarray(rows["code"]))
        self._marks.append(rows[["x", "y", "size", "angle"]].astype(MARK))
        ends = self._starts[-1] + np.cumsum(np.bincount(photo, minlength=len(codes)))
        self._starts += ends.tolist()
        self._full_wh += [code.full_wh for code in codes]

    def candidates(self, code: PhotoCode, but: int | None = None) -> list[Candidate]:
        """Photos, except number `but`, that the coded photo may share pixels with, best first."""
        # The photo itself takes the first of each row's hits, so there is one more.
        hits = self.hits(code, NEAREST + (but is not None))
        return vote(*hits.pairs(code, but))

    def hits(self, code: PhotoCode, nearest: int) -> Hits:
        """The `nearest` rows of this shard to each of the coded photo's, its own among them."""
        error = np.full((len(code.rows), nearest), np.inf, np.float32)
        hits = Hits(error, np.full(error.shape, -1), np.zeros((*error.shape, 4), np.float32))
        if not len(code.rows) or not self._starts[-1]:
            return hits
        distances, hit = self._index.search(decode(code.rows["code"]), nearest)
        found = hit >= 0
        photo = np.searchsorted(self._starts, hit[found], side="right") - 1
        error[found], hits.photo[found] = distances[found], photo
        hits.marks[found] = marks(self._marks_at(hit[found]), np.array(self._full_wh)[photo])
        return hits

    def _marks_at(self, rows: Ints) -> npt.NDArray[Any]:
        if len(self._marks) > 1:
            self._marks = [np.concatenate(self._marks)]
        return self._marks[0][rows]
