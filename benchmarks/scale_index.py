"""How the crop index grows: seconds, bytes, time of a query, and recall, up to a million photos.

Beyond the photos that can be decoded here, their features are simulated. A simulated row takes its
cell, size and angle from a real row, the product code of each half of its descriptor from another
real row with that half's centroid, and its place at random. So cells are filled as unevenly as
real ones, and neither half of a descriptor is one that no photo has. `likeness` says how near that
comes: the codes that a query meets, and the distance of its tenth hit, among as many real photos.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from photoloupe.crop_search.hits import Hits
from photoloupe.crop_search.index import NEAREST, CropIndex
from photoloupe.crop_search.photo_code import Ints, PhotoCode, Rows
from photoloupe.crop_search.search import worth_confirming
from photoloupe.crop_search.vote import vote
from photoloupe.figures import wilson

CHUNK = 10_000  # simulated photos added together
HALVES = ((0, slice(2, 10)), (1, slice(10, 18)))  # bytes of a code: its centroid, what follows
SIZE = (500, 375)  # of a simulated photo
PART_PHOTOS = 125_000  # a part of the index, one after the other in memory


class Simulator:
    """Draws rows like those of real photos."""

    def __init__(self, codes: Sequence[PhotoCode]) -> None:
        self.rows: Rows = np.concatenate([code.rows for code in codes])
        self.mean_rows = len(self.rows) / len(codes)
        self._part = self.rows["code"][:, :2].sum(1, dtype=int)
        self._sorted = [self._by_centroid(self.rows["code"][:, byte]) for byte, _ in HALVES]

    @staticmethod
    def _by_centroid(of_row: npt.NDArray[np.uint8]) -> tuple[Ints, Ints, Ints]:
        """Rows sorted by centroid, where each centroid's begin, and how many there are."""
        count = np.bincount(of_row, minlength=256)
        return np.argsort(of_row, kind="stable"), np.cumsum(count) - count, count

    def photos(self, rng: np.random.Generator, count: int, part: int, parts: int) -> Iterator[Any]:
        """Photos, with the rows that one part of an index keeps."""
        ours = np.flatnonzero(self._part % parts == part)
        share = len(ours) / len(self.rows)
        rows = self._rows(
            rng, ours[rng.integers(0, len(ours), int(count * self.mean_rows * share))]
        )
        owner = np.sort(rng.integers(0, count, len(rows)))
        ends = np.searchsorted(owner, np.arange(count), side="right")
        for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            yield PhotoCode(SIZE, rows[first:last])

    def _rows(self, rng: np.random.Generator, like: Ints) -> Rows:
        rows = self.rows[like]
        for (byte, rest), (order, start, count) in zip(HALVES, self._sorted, strict=True):
            centroid = rows["code"][:, byte]
            pick = start[centroid] + (rng.random(len(like)) * count[centroid]).astype(np.int64)
            rows["code"][:, rest] = self.rows["code"][order[pick], rest]
        rows["x"], rows["y"] = rng.integers(0, 65536, (2, len(like)))
        return rows


def grow(
    simulator: Simulator | None, real: Sequence[PhotoCode], queries: Sequence[PhotoCode], count: int
) -> dict[str, Any]:
    """Figures of `count` photos, the real ones first, of which query k was cut from photo k.

    Part by part, as on many machines; seconds are this processor's, of one core.
    """
    parts = max(1, -(-count // PART_PHOTOS))
    hits: list[Hits] = []
    built, searched, most_mib = 0.0, 0.0, 0.0
    met: Any = faiss.cvar
    met.indexIVF_stats.reset()
    for part in range(parts):
        index, rng = CropIndex(part, parts), np.random.default_rng(part)
        before = resident_mib()
        built += add(index, real)
        for first in range(len(real), count if simulator else 0, CHUNK):
            some = min(CHUNK, count - first)
            assert simulator is not None
            built += add(index, list(simulator.photos(rng, some, part, parts)))
        started = time.process_time()
        found = [index.hits(code, NEAREST + 1) for code in queries]
        hits = [a.nearest_of(b) for a, b in zip(hits, found, strict=True)] if hits else found
        searched += time.process_time() - started
        most_mib = max(most_mib, resident_mib() - before)
    started = time.process_time()
    asked = [worth_confirming(c, vote(*h.pairs(c))) for c, h in zip(queries, hits, strict=True)]
    voted = time.process_time() - started
    right = sum(k in {c.photo for c in found} for k, found in enumerate(asked))
    return {
        "photos": count, "parts": parts, "queries": len(queries),
        "build_core_s": built, "part_mib": most_mib,
        "bytes_a_photo": most_mib * 2**20 * parts / count,
        "query_core_s": searched / len(queries), "vote_core_s": voted / len(queries),
        "codes_compared": met.indexIVF_stats.ndis / len(queries),
        "tenth_error": float(np.median(np.concatenate([h.error[:, NEAREST - 1] for h in hits]))),
        "pairs_a_query": sum(map(len, asked)) / len(queries),
        "proposed": right / len(queries), "wilson95": wilson(right, len(queries)),
    }  # fmt: skip


def add(index: CropIndex, codes: list[PhotoCode] | Sequence[PhotoCode]) -> float:
    started = time.process_time()
    index.add_all(codes)
    return time.process_time() - started


def resident_mib() -> float:
    with open("/proc/self/statm") as file:  # noqa: PTH123 (no file of ours)
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20
