"""The rating head: kernel ridge regression of two sets of ratings, and of order under damage.

Method: Saunders et al. 1998, "Ridge regression learning algorithm in dual variables". AVA's voters
and OASIS's raters judge differently, so the kernel of two photos of different sets is multiplied by
`share`: each set has a function of its own, and both are alike. A second regression answers how
damaged a photo is; it is subtracted where it is above what undamaged photos reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Array

LEAST, MOST = (1.2, 0.5), (9.8, 4.0)  # of a rating's mean and spread
CONTEST, BEAUTY = 0, 1  # the two sets: AVA's votes, OASIS's ratings of beauty


@dataclass(frozen=True)
class RatingAnswers:
    """Of N photos: score, 1 to 10; spread: of the voters; distribution: (N, 10); beauty: as
    OASIS's raters would say, 1 to 10; bare: the score's mean before damage is subtracted.
    """

    score: Array
    spread: Array
    distribution: Array
    beauty: Array
    bare: Array


@dataclass(frozen=True)
class RatingHead:
    """mean, std (D,): of the features; points (N, D): standardised features; weights (N, 4) and
    base (4,): of AVA's mean and spread, OASIS's mean, and damage.

    The answer is base + sum of weights times exp(-gamma |x - point|^2).
    """

    mean: Array
    std: Array
    points: Array
    gamma: float
    weights: Array
    base: Array
    strength: float
    threshold: float

    def __call__(self, features: Array) -> RatingAnswers:
        """(M, D) features -> RatingAnswers of M photos."""
        level = (np.asarray(features, np.float64) - self.mean) / self.std
        return self.of_likeness(likeness(level, self.points, self.gamma))

    def of_likeness(self, alike: Array) -> RatingAnswers:
        """(M, N) kernel of M photos and the points -> RatingAnswers."""
        mean, spread, beauty, damage = (alike @ self.weights + self.base).T
        excess = self.strength * np.maximum(0, damage - self.threshold)
        bare, less = mean, np.clip(mean - excess, LEAST[0], MOST[0])
        spread = np.clip(spread, LEAST[1], MOST[1])
        ratings = np.arange(1, 11)
        powers = np.exp(-0.5 * ((ratings - less[:, None]) / spread[:, None]) ** 2)
        shares = powers / powers.sum(1, keepdims=True)
        return RatingAnswers(shares @ ratings, spread, shares, beauty - excess, bare)


def likeness(a: Array, b: Array, gamma: float) -> Array:
    """(M, D), (N, D) -> (M, N): exp(-gamma |a - b|^2)."""
    apart = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    return np.asarray(np.exp(-gamma * np.maximum(apart, 0)))
