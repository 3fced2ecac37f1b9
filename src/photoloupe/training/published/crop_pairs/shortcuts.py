"""What a pair gives away without its content: a bar that a net must clear.

A logistic probe is fitted on pairs of training photos and asked about the test's.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import optimize

from photoloupe.arrays import Array, Pixels
from photoloupe.training.published.crop_pairs.data import SamplePair, squash


def frames(pair: SamplePair) -> list[float]:
    """The shapes of both frames: log aspect ratios."""
    a, b = (float(np.log(p.shape[1] / p.shape[0])) for p in (pair.first, pair.second))
    return [a, b, abs(a), abs(b), abs(a) - abs(b), abs(a - b)]


def files(pair: SamplePair) -> list[float]:
    """The sizes of both files, in pixels and bytes."""
    pixels = [np.log(p.shape[0] * p.shape[1]) for p in (pair.first, pair.second)]
    return _compared(*pixels) + _compared(*np.log(pair.sizes_bytes))


def detail(pair: SamplePair) -> list[float]:
    """How sharp either is once squashed to one size: a small crop is blown up, so it is not."""
    return _compared(*(np.log(_sharpness(p) + 1) for p in (pair.first, pair.second)))


def _compared(a: float, b: float) -> list[float]:
    return [a, b, a - b, abs(a - b)]


def _sharpness(pixels: Pixels) -> float:
    return float(cv2.Laplacian(squash(pixels, 224), cv2.CV_32F).std())


SHORTCUTS = {
    "shapes of the frames": frames,
    "pixels and bytes of the files": files,
    "sharpness": detail,
}


def probe(known: Array, label: Array, asked: Array) -> Array:
    """Answers (0 or 1) of a logistic regression from (n, features) `known` on (m, ...) `asked`."""
    mean, spread = known.mean(0), known.std(0) + 1e-6
    x, sign = _with_one((known - mean) / spread), 2.0 * label - 1

    def loss(w: Array) -> float:
        return float(np.logaddexp(0, -sign * (x @ w)).mean() + 1e-4 * (w @ w))

    best = optimize.minimize(loss, np.zeros(x.shape[1])).x
    return np.asarray(_with_one((asked - mean) / spread) @ best > 0, np.int64)


def _with_one(x: Array) -> Array:
    return np.concatenate([x, np.ones((len(x), 1))], 1)
