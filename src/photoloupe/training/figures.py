"""Figures for a card: a value, its 95 % interval, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[Any]
RESAMPLES = 999


def figure(
    name: str, statistic: Callable[..., float], *samples: Array, groups: Array | None = None
) -> dict[str, Any]:
    """`statistic(*samples)` with its bootstrap interval (percentile, 999 resamples, seed 0).

    samples: equally long arrays, resampled together; groups: rows of one group (the copies of one
    photo) are drawn together, for they are not independent.
    """
    count = len(samples[0])
    groups = np.arange(count) if groups is None else groups
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]

    def of_groups(chosen: Array) -> float:
        rows = np.concatenate([members[int(i)] for i in chosen])
        return statistic(*(sample[rows] for sample in samples))

    value = statistic(*samples)
    if len(members) < 2:
        return _figure(name, value, value, value, count)
    interval = stats.bootstrap(
        (np.arange(len(members)),), of_groups, n_resamples=RESAMPLES, vectorized=False,
        method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return _figure(name, value, float(interval.low), float(interval.high), count)


def _figure(name: str, value: float, low: float, high: float, count: int) -> dict[str, Any]:
    text = f"{value:.3f}  (95 % interval {low:.3f} to {high:.3f}, n = {count})"
    return {
        "name": name, "value": round(float(value), 4), "low": round(low, 4), "high": round(high, 4),
        "n": count, "text": text,
    }  # fmt: skip


def share(values: Array) -> float:
    """Mean; of truth values, the share that is true."""
    return float(values.mean())


def plcc(a: Array, b: Array) -> float:
    """Pearson's linear correlation coefficient; 0 if one side is constant."""
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def srcc(a: Array, b: Array) -> float:
    """Spearman's rank correlation coefficient; 0 if one side is constant."""
    return plcc(stats.rankdata(a), stats.rankdata(b))


def auc(score: Array, label: Array) -> float:
    """Area under the ROC curve: the odds that a positive scores above a negative."""
    positive, negative = score[label == 1], score[label == 0]
    if not len(positive) or not len(negative):
        return 0.5
    ranks = stats.rankdata(np.concatenate([positive, negative]))[: len(positive)].sum()
    least = len(positive) * (len(positive) + 1) / 2
    return float((ranks - least) / (len(positive) * len(negative)))


def balanced_accuracy(called: Array, label: Array) -> float:
    """Mean of the two classes' accuracies."""
    hits = [
        float(np.mean(called[label == side] == side)) for side in (0, 1) if (label == side).any()
    ]
    return float(np.mean(hits))


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), honest where all or none hit."""
    if not count:
        return 0.0, 1.0
    z, share_hit = 1.959964, hits / count
    middle = share_hit + z * z / (2 * count)
    reach = z * float(np.sqrt(share_hit * (1 - share_hit) / count + z * z / (4 * count * count)))
    return (middle - reach) / (1 + z * z / count), (middle + reach) / (1 + z * z / count)
