"""Hits -> candidates: photos in which many features lie as they lie in the query.

A pure function of pairs (feature of the query, feature of some photo), so it does not matter
whether an index on this machine found them or a join on a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Bools, Float32
from photoloupe.crop_search.photo_code import Ints
from photoloupe.crops.consensus import MOST_TURN, agreeing, turn_between
from photoloupe.crops.placement import Placement

SHORTLIST = 50  # photos whose hits are compared with each other
SHIFT = 1.0  # by which a hit's position may be off, in feature sizes


@dataclass(frozen=True)
class Candidate:
    """A photo that the query may share pixels with.

    photo: its number; votes: features that agree; placement: of the query in the photo, both at
    full size.
    """

    photo: int
    votes: int
    placement: Placement


def vote(query: Float32, found: Float32, photo: Ints) -> list[Candidate]:
    """Hits -> candidates, most votes first.

    query, found: (N, 4) marks (`codes.marks`), one row a hit; photo: (N,) number of the photo whose
    mark was found.
    """
    upright = turn_between(query[:, 3], found[:, 3]) < MOST_TURN
    query, found, photo = query[upright], found[upright], photo[upright]
    order = np.argsort(photo, kind="stable")
    query, found, photo = query[order], found[order], photo[order]
    candidates = []
    for name in shortlist(np.log2(found[:, 2] / query[:, 2]), photo):
        first, last = np.searchsorted(photo, [name, name + 1])
        candidate = agree(query[first:last], found[first:last], int(name))
        if candidate is not None:
            candidates.append(candidate)
    return sorted(candidates, key=lambda c: (-c.votes, c.photo))


def shortlist(octaves: Float32, photo: Ints) -> Ints:
    """At most 50 numbers of photos, those with most hits at about one scale first.

    octaves: (N,) log2 of each hit's scale; photo: (N,). Weak geometry, Jégou et al. 2008.
    """
    # Bins of one octave, laid twice, half an octave apart: no edge can split a peak.
    bins = np.concatenate([2 * np.floor(octaves), 2 * np.floor(octaves + 0.5) + 1])
    keys = np.stack([np.tile(photo, 2), bins.astype(np.int64)])
    peaks, counts = np.unique(keys, axis=1, return_counts=True)
    best_first = np.lexsort((peaks[0], -counts))[: 2 * SHORTLIST]
    return np.array(list(dict.fromkeys(peaks[0][best_first].tolist()))[:SHORTLIST], np.int64)


def agree(query: Float32, found: Float32, photo: int) -> Candidate | None:
    """The largest set of one photo's hits that one of them explains, as a candidate.

    query, found: (N, 4) marks; None if they place the query at no scale above .01.
    """
    scale = found[:, 2] / query[:, 2]
    slack = SHIFT * np.maximum(found[None, :, 2], found[:, None, 2])
    agreed = agreeing(query[:, :2], found[:, :2], scale, np.arange(len(scale)), slack)
    inliers = agreed[agreed.sum(1).argmax()]
    votes = count_positions(query, found, inliers)
    placement = fit(query[inliers], found[inliers])
    return None if placement is None else Candidate(photo, votes, placement)


def count_positions(query: Float32, found: Float32, inliers: Bools) -> int:
    """Different positions among the hits: a feature with two angles, or found twice, is one.

    query, found: (N, 4) marks; inliers: (N,), the hits that count.
    """
    return min(len(np.unique(np.round(marks[inliers, :2]), axis=0)) for marks in (query, found))


def fit(query: Float32, found: Float32) -> Placement | None:
    """Least squares on (N, 4) marks; small features, which lie more exactly, weigh more."""
    a, b = query[:, :2].astype(np.float64), found[:, :2].astype(np.float64)
    weight = 1 / found[:, 2:3].astype(np.float64)
    mean_a, mean_b = ((weight * points).sum(0) / weight.sum() for points in (a, b))
    a, b = a - mean_a, b - mean_b
    spread = float((weight * a * a).sum())
    scale = float(found[0, 2] / query[0, 2])  # all that one position can say
    if spread > 1:
        scale = float((weight * a * b).sum()) / spread
    if scale < 0.01:
        return None
    # Marks count from the frame's corner, placements from the first pixel's centre.
    x, y = (mean_b - scale * mean_a + (scale - 1) / 2).tolist()
    return Placement(scale, scale, x, y)
