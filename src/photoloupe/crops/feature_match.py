"""Placements from local features: scale, shift and a slight turn that most matches agree on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Bools, Float32
from photoloupe.crops.consensus import MOST_TURN, agreeing, turn_between
from photoloupe.crops.features import Features
from photoloupe.crops.placement import Placement

RATIO = 0.9  # nearest against second nearest descriptor (Lowe 2004); lax, since geometry decides
MOST_SEEDS = 200
LEAST_INLIERS = 3
SLACK = 4.0  # px of photo B by which a matched feature may be off
# A photo's affine map is pulled towards an even scale, as if by this much spread (px squared):
# three matches in a corner shall not invent a squeeze.
PULL = 150.0


@dataclass(frozen=True)
class Matches:
    """N pairs of features of photos A and B, the best first.

    a, b: (N, 2) float32, their points, px; scale: (N,) float32, size in B over size in A.
    """

    a: Float32
    b: Float32
    scale: Float32


def place_by_features(a: Features, b: Features, most: int = 3) -> Iterator[Placement]:
    """Up to `most` placements of A in B, each from matches that no earlier one explains.

    In pixels of the pictures that the features were found in; two scales and a turn are fitted.
    """
    matches = match_features(a, b)
    free = np.ones(len(matches.scale), bool)
    for _ in range(most):
        inliers = _best_consensus(matches, free)
        placement, kept = _fit(matches, inliers, free)
        if placement is None:
            return
        yield placement
        free &= ~(kept | inliers)


def match_features(a: Features, b: Features) -> Matches:
    """Matches that pass the ratio test in one direction at least, best first."""
    if len(a.points) < 2 or len(b.points) < 2:
        return Matches(
            np.empty((0, 2), np.float32), np.empty((0, 2), np.float32), np.empty(0, np.float32)
        )
    cosine = a.descriptors @ b.descriptors.T
    a_to_b, ratio_ab = _nearest(cosine)
    b_to_a, ratio_ba = _nearest(cosine.T)
    index_a = np.concatenate([np.arange(len(a.points)), b_to_a])
    index_b = np.concatenate([a_to_b, np.arange(len(b.points))])
    ratio = np.concatenate([ratio_ab, ratio_ba])
    turn = turn_between(a.angles[index_a], b.angles[index_b])
    keep = np.flatnonzero((ratio < RATIO) & (turn < MOST_TURN))
    keep = keep[np.argsort(ratio[keep], kind="stable")]
    index_a, index_b = index_a[keep], index_b[keep]
    points = np.round(np.hstack([a.points[index_a], b.points[index_b]]))
    first = np.sort(np.unique(points, axis=0, return_index=True)[1])  # features repeat
    index_a, index_b = index_a[first], index_b[first]
    return Matches(a.points[index_a], b.points[index_b], b.sizes[index_b] / a.sizes[index_a])


def _nearest(cosine: Float32) -> tuple[npt.NDArray[np.intp], Float32]:
    """(N, M) cosines -> index of each row's nearest, and its distance over the second's."""
    rows, best = np.arange(len(cosine)), cosine.argmax(1)
    first = cosine[rows, best]
    cosine[rows, best] = -2  # for a moment: sorting for the second would take ten times as long
    second = cosine.max(1)
    cosine[rows, best] = first
    near, far = (np.sqrt(np.maximum(2 - 2 * value, 1e-9)) for value in (first, second))
    return best, near / far


def _best_consensus(matches: Matches, free: Bools) -> Bools:
    """(N,) bool: the largest set of matches that agree with one of the best `free` ones."""
    seeds = np.flatnonzero(free)[:MOST_SEEDS]
    agree = agreeing(matches.a, matches.b, matches.scale, seeds, SLACK) & free[None]
    return np.asarray(agree[agree.sum(1).argmax()] if len(seeds) else free)


def _fit(matches: Matches, inliers: Bools, free: Bools) -> tuple[Placement | None, Bools]:
    """Least squares on `inliers`, drawn tighter each time -> placement, matches it keeps."""
    placement = None
    for tolerance in (10.0, 6.0, 4.0, 3.0):
        if inliers.sum() < LEAST_INLIERS:
            return None, inliers
        a, b = matches.a[inliers], matches.b[inliers]
        mean_a, mean_b = a.mean(0), b.mean(0)
        a, b = a - mean_a, b - mean_b
        spread = float((a * a).sum())
        scale = float((a * b).sum()) / max(spread, 1e-6)
        if spread < 1 or scale <= 0.02:
            return None, inliers
        pull = PULL * np.eye(2)
        matrix = (b.T @ a + scale * pull) @ np.linalg.inv(a.T @ a + pull)
        shift = mean_b - matrix @ mean_a
        placement = Placement.from_matrix(matrix, shift)
        error = np.abs(matches.a @ matrix.T + shift - matches.b).max(1)
        inliers = (error < tolerance * max(1.0, scale)) & free
    return placement, inliers
