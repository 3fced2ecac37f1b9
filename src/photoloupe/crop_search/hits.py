"""Hits: the rows of other photos that are nearest to each row of a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from photoloupe.arrays import Float32
from photoloupe.crop_search.photo_code import Ints, PhotoCode, marks


@dataclass(frozen=True)
class Hits:
    """For each of N rows of a query, the K nearest rows of other photos, the nearest first.

    error: (N, K) float32, squared distance of the descriptors, inf where there was no row;
    photo: (N, K) int64, numbers of photos; marks: (N, K, 4) float32, where the rows lie in their
    photos, as of `codes.marks`.
    """

    error: Float32
    photo: Ints
    marks: Float32

    def nearest_of(self, other: Hits) -> Hits:
        """The K nearest of both: what one index would have found that holds the rows of both."""
        error = np.concatenate([self.error, other.error], 1)
        order = np.argsort(error, axis=1, kind="stable")[:, : self.error.shape[1]]

        def ordered(mine: Any, others: Any) -> Any:
            return np.concatenate([mine, others], 1)[np.arange(len(order))[:, None], order]

        photo, marks = ordered(self.photo, other.photo), ordered(self.marks, other.marks)
        return Hits(np.take_along_axis(error, order, 1), photo, marks)

    def pairs(self, code: PhotoCode, but: int | None = None) -> tuple[Float32, Float32, Ints]:
        """As `vote` takes them, one row a hit: query and found marks, (M, 4); photo, (M,).

        but: number of a photo whose hits are left out.
        """
        found = np.isfinite(self.error)
        if but is not None:
            found &= self.photo != but
        row, column = np.nonzero(found)
        query = marks(code.rows, code.full_wh)[row]
        return query, self.marks[row, column], self.photo[row, column]
