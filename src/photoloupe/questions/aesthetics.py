"""Aesthetics: how good does it look, as a distribution over the ratings 1 to 10?

Raters who give a photo 5, 5, 6 and 8 give the distribution (0, 0, 0, 0, .5, .25, 0, .25, 0, 0);
its mean, 6.0, is the score, and its standard deviation says how far they disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from photoloupe.arrays import Floats
from photoloupe.questions.distribution import softmax

RATINGS = np.arange(1, 11)


@dataclass(frozen=True)
class Aesthetics:
    """score: mean of the distribution, 1 to 10; distribution: probability of each rating 1..10."""

    score: float
    std: float
    distribution: tuple[float, ...]


def make_target(mean: float, std: float) -> Floats:
    """Mean in [1, 10] and standard deviation > 0 -> (10,) float32 probabilities.

    A normal distribution cut at the half points; what lies beyond 0.5 and 10.5 is spread
    over the rest in proportion.
    """
    edges = [0.5 * (1 + erf((k + 0.5 - mean) / (std * sqrt(2)))) for k in range(11)]
    inside = np.diff(edges)
    return np.asarray(inside / inside.sum(), np.float32)


def emd(p: Floats, q: Floats) -> Floats:
    """Earth mover's distance of two (..., 10) distributions, r = 2, in [0, 1].

    EMD(p, q) = (1/N sum_k |CDF_p(k) - CDF_q(k)|^r)^(1/r): Talebi and Milanfar 2018, equation 1.
    """
    gap = np.cumsum(p, axis=-1) - np.cumsum(q, axis=-1)
    return np.asarray(np.sqrt(np.mean(gap**2, axis=-1)))


def decode(logits: Floats) -> Aesthetics:
    """(10,) logits -> Aesthetics."""
    distribution = softmax(logits)
    mean = float(distribution @ RATINGS)
    std = float(np.sqrt(distribution @ (RATINGS - mean) ** 2))
    return Aesthetics(mean, std, tuple(float(p) for p in distribution))
