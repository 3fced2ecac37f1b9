"""Figures: a value, its 95 % interval, and what it is called. numpy alone, so that it ships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Figure = dict[str, Any]
RESAMPLES = 999
MANY, FEWER = 20_000, 199  # above so many rows, where an interval is narrow, so many resamples do


def figure(
    name: str, statistic: Callable[..., float], *samples: Array, groups: Array | None = None
) -> Figure:
    """`statistic(*samples)` with its bootstrap interval (percentile, seed 0).

    There are 999 resamples, or 199 of more than 20,000 rows.
    samples: equally long arrays, (N,) or (N, ...), resampled together;
    groups: (N,), rows of one group (the copies of one photo) are drawn together, because they are
    not independent.
    """
    count = len(samples[0])
    members = None if groups is None else _members(groups)
    value = statistic(*samples)
    if (count if members is None else len(members)) < 2:
        return made_figure(name, value, value, value, count)
    rng, found = np.random.default_rng(0), []
    for _ in range(RESAMPLES if count <= MANY else FEWER):
        rows = _draw(rng, count, members)
        found.append(statistic(*(sample[rows] for sample in samples)))
    low, high = np.percentile(found, (2.5, 97.5))
    return made_figure(name, value, float(low), float(high), count)


def _members(groups: Array) -> list[Array]:
    """The rows of each group, in the groups' order."""
    order = np.argsort(groups, kind="stable")
    starts = np.unique(groups[order], return_index=True)[1]
    return np.split(order, starts[1:])


def _draw(rng: np.random.Generator, count: int, members: list[Array] | None) -> Array:
    if members is None:
        return rng.integers(0, count, count)
    return np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])


def made_figure(name: str, value: float, low: float, high: float, count: int) -> Figure:
    """A figure of numbers that are known: value, 95 % interval, count, and a text of them."""
    text = f"{value:.3f}  (95 % interval {low:.3f} to {high:.3f}, n = {count})"
    return {
        "name": name, "value": round(float(value), 4), "low": round(low, 4), "high": round(high, 4),
        "n": count, "text": text,
    }  # fmt: skip


def share(values: Array) -> float:
    """(N,) numbers -> their mean; of truth values, the share that is true, 0 to 1."""
    return float(values.mean())


def mse(a: Array, b: Array) -> float:
    """Mean squared error of two (N,) arrays."""
    return float(np.mean((a - b) ** 2))


def plcc(a: Array, b: Array) -> float:
    """Pearson's linear correlation of two (N,) arrays, -1 to 1; 0 if one of them is constant."""
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def srcc(a: Array, b: Array) -> float:
    """Spearman's rank correlation of two (N,) arrays, -1 to 1; 0 if one of them is constant."""
    return plcc(ranks(a), ranks(b))


def ranks(values: Array) -> Array:
    """(N,) numbers -> (N,) ranks, 1 for the least; equal values share the mean of their ranks."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.append(first, len(values)))
    found = np.empty(len(values))
    found[order] = np.repeat(first + (counts + 1) / 2, counts)
    return found


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of the share hits / count, 0 to 1 (Wilson 1927).

    It is not empty where all or none hit, as the normal approximation would be.
    """
    if not count:
        return 0.0, 1.0
    z, share_hit = 1.959964, hits / count
    middle = share_hit + z * z / (2 * count)
    reach = z * float(np.sqrt(share_hit * (1 - share_hit) / count + z * z / (4 * count * count)))
    return (middle - reach) / (1 + z * z / count), (middle + reach) / (1 + z * z / count)
