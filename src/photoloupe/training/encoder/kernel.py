"""Kernel ridge regression (Saunders et al. 1998) on what is known of photos, and of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Array


@dataclass(frozen=True)
class Kernel:
    """points (N, D) of length 1; weights (N, K); base (K,).

    The answer at x is base + sum of weights times exp(-narrow |x - point|^2).
    """

    points: Array
    weights: Array
    base: Array
    narrow: float

    def __call__(self, features: Array) -> Array:
        """(M, D) of length 1 -> (M, K)."""
        return np.asarray(likeness(features, self.points, self.narrow) @ self.weights + self.base)


def likeness(a: Array, b: Array, narrow: float) -> Array:
    """(M, D), (N, D) of length 1 -> (M, N): exp(-narrow |a - b|^2)."""
    return np.asarray(np.exp(2 * narrow * (a @ b.T - 1)))


def narrowness(points: Array) -> float:
    """(N, D) of length 1 -> one over the median squared distance of two points."""
    apart = 2 - 2 * (points @ points.T)[np.triu_indices(len(points), 1)]
    return float(1 / np.median(apart))


def learn(
    points: Array, rated: Array, targets: Array, pairs: Array, gaps: Array, *,
    narrow: float, ridge: float, order: float,
) -> Kernel:  # fmt: skip
    """Least squares with a penalty of `ridge` on the function's norm.

    points: (N, D) of length 1; rated: (R,) which points have `targets` (R, K); pairs: (P, 2) of
    points, the first of which is to answer `gaps` (P, K) more than the second; order: what a pair
    weighs, a rating weighing 1.
    """
    base = targets.mean(0)
    more = np.concatenate([rated, pairs[:, 0]])
    less = np.concatenate(
        [np.full(len(rated), len(points)), pairs[:, 1]]
    )  # beyond the end: nothing
    alike = np.pad(likeness(points, points, narrow), ((0, 1), (0, 1)))
    gram = sum(
        sign * alike[np.ix_(a, b)]
        for sign, a, b in ((1, more, more), (-1, more, less), (-1, less, more), (1, less, less))
    )
    gram = np.asarray(gram)
    gram[np.diag_indices_from(gram)] += ridge / np.repeat([1, order], [len(rated), len(pairs)])
    solved = np.linalg.solve(gram, np.concatenate([targets - base, gaps]))
    weights = np.zeros((len(points) + 1, targets.shape[1]))
    np.add.at(weights, more, solved)
    np.add.at(weights, less, -solved)
    return Kernel(points, weights[:-1], base, narrow)
