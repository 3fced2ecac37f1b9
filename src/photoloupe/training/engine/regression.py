"""A logistic regression whose rows have odds of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from photoloupe.arrays import Array


@dataclass(frozen=True)
class Linear:
    """Log odds of a row x: x @ weight + bias."""

    weight: Array
    bias: float

    def __call__(self, x: Array) -> Array:
        return np.asarray(x @ self.weight + self.bias)


def regress(x: Array, label: Array, odds: Array, penalty: Array) -> Linear:
    """x: (n, F); label: 0 or 1; odds: of each row, of any scale; penalty: (F,), on squared weights.

    Features are brought to one scale first, so a penalty means the same for all of them.
    """
    odds = odds / odds.sum()
    mean, spread = odds @ x, x.std(0) + 1e-6
    z, sign = (x - mean) / spread, 2.0 * label - 1

    def loss(w: Array) -> tuple[float, Array]:
        margin = sign * (z @ w[1:] + w[0])
        pull = -odds * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        value = odds @ np.logaddexp(0, -margin) + (penalty * w[1:] ** 2).sum() / 2
        return float(value), np.concatenate([[pull.sum()], pull @ z + penalty * w[1:]])

    start = np.zeros(x.shape[1] + 1)
    best = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
    weight = best[1:] / spread
    return Linear(weight, float(best[0] - mean @ weight))


def row_odds(label: Array, source: Array) -> Array:
    """(N,) weights of rows of (N,) labels 0 or 1 and (N,) sources.

    Both classes weigh the same; in a class, a source weighs as the root of its photos.
    """
    odds = np.zeros(len(label))
    for side in (0, 1):
        for name in np.unique(source[label == side]):
            member = (label == side) & (source == name)
            odds[member] = member.sum() ** -0.5
        odds[label == side] /= odds[label == side].sum()
    return odds
