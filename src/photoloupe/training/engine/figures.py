"""Figures that only training needs; those of every room are in photoloupe.figures."""

from __future__ import annotations

import numpy as np

from photoloupe.arrays import Array
from photoloupe.figures import Figure, ranks

Figures = list[Figure]
BINS = 10


def auc(score: Array, label: Array) -> float:
    """Area under the ROC curve of (N,) scores, (N,) labels 0 or 1; .5 if a class is absent.

    It is the odds that a positive scores above a negative.
    """
    positive, negative = score[label == 1], score[label == 0]
    if not len(positive) or not len(negative):
        return 0.5
    total = ranks(np.concatenate([positive, negative]))[: len(positive)].sum()
    least = len(positive) * (len(positive) + 1) / 2
    return float((total - least) / (len(positive) * len(negative)))


def balanced_accuracy(called: Array, label: Array) -> float:
    """Mean of the two classes' accuracies; (N,) answers and (N,) labels, 0 or 1."""
    hits = [
        float(np.mean(called[label == side] == side)) for side in (0, 1) if (label == side).any()
    ]
    return float(np.mean(hits))


def calibration_error(p: Array, label: Array) -> float:
    """Expected calibration error of (N,) probabilities, (N,) labels 0 or 1.

    In ten bins of equal width, the classes weighing the same.
    """
    odds = np.where(label == 1, 1 / max(1, (label == 1).sum()), 1 / max(1, (label == 0).sum()))
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs((odds * (p - label))[place == k].sum()) for k in range(BINS)]
    return float(sum(gaps) / odds.sum())
