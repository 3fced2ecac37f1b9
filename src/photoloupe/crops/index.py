"""Many photos' codes, searched together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.crops.codebook import decode, empty_index
from photoloupe.crops.codes import ROW, Ints, PhotoCode, marks
from photoloupe.crops.vote import Candidate, vote

PLACE = np.dtype(ROW.descr[1:])  # FAISS holds the codes
NEAREST = 10  # rows of other photos that one feature of the query may speak for


class CropIndex:
    """Photos are known by their number: the first one added is 0."""

    def __init__(self) -> None:
        self._index = empty_index()
        self._places: list[npt.NDArray[Any]] = []  # joined into one when they are looked up
        self._starts = [0]
        self._full_wh: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._full_wh)

    def add(self, code: PhotoCode) -> int:
        """Add one photo -> its number."""
        if len(code.rows):
            self._index.add_sa_codes(np.ascontiguousarray(code.rows["code"]))
        self._places.append(code.rows[["x", "y", "size", "angle"]].astype(PLACE))
        self._starts.append(self._starts[-1] + len(code.rows))
        self._full_wh.append(code.full_wh)
        return len(self) - 1

    def candidates(self, code: PhotoCode, but: int | None = None) -> list[Candidate]:
        """Photos, except number `but`, that the coded photo may share pixels with, best first."""
        if not len(code.rows) or not self._starts[-1]:
            return []
        # The photo itself takes the first place of each row's hits, so there is one more.
        nearest = NEAREST + (but is not None)
        _, hits = self._index.search(decode(code.rows["code"]), nearest)
        row, column = np.nonzero(hits >= 0)
        hit = hits[row, column]
        photo = np.searchsorted(self._starts, hit, side="right") - 1
        if but is not None:
            row, hit, photo = row[photo != but], hit[photo != but], photo[photo != but]
        query = marks(code.rows, code.full_wh)[row]
        found = marks(self._places_at(hit), np.array(self._full_wh)[photo])
        return vote(query, found, photo)

    def _places_at(self, rows: Ints) -> npt.NDArray[Any]:
        if len(self._places) > 1:
            self._places = [np.concatenate(self._places)]
        return self._places[0][rows]
