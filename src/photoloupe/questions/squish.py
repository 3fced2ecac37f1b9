"""Squish: has the width or the height of a photo been squeezed, and by how much?

A 600 x 400 photo saved as 300 x 400 has width_ratio 0.5 and height_ratio 1. One number says both:
the log ratio t = ln(width_ratio) - ln(height_ratio), here -0.69. Negative: the width was squeezed;
positive: the height; zero: neither. A net gives one logit a bin of t, so its answer is a
distribution, and its uncertainty is part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photoloupe.arrays import Floats
from photoloupe.questions.distribution import softmax

STEP = 0.1
BINS = np.round(np.arange(-17, 18) * STEP, 1)  # 35 centres of t; ln(0.2) is -1.61
CENTRE = len(BINS) // 2
SURE = 0.1  # for a card that does not say: least probability with which t = 0 is believed
ONE_SIDE = 0.8  # least share of the squeezed side: a repair of the other would make it worse


@dataclass(frozen=True)
class Squish:
    """Ratios in (0, 1], one of them exactly 1: the side's length over what it was.

    confidence: probability of what `squished` says, in [0, 1]; unsure: too low to say either,
    so `squished` is False; evidence: sentences for a person to read.
    preview_png: the photo and its repaired copy side by side, for a notebook; only
    `photoloupe.squish` draws it.
    """

    width_ratio: float
    height_ratio: float
    squished: bool
    confidence: float
    unsure: bool = False
    evidence: tuple[str, ...] = ()
    preview_png: bytes | None = field(default=None, repr=False, compare=False)

    def in_words(self) -> str:
        """Such as "width to 51%", "unsure", or "-" for a photo that is not squished."""
        if not self.squished:
            return "unsure" if self.unsure else "-"
        side = "width" if self.width_ratio < 1 else "height"
        return f"{side} to {min(self.width_ratio, self.height_ratio):.0%}"

    def _repr_png_(self) -> bytes | None:
        return self.preview_png


def make_target(log_ratio: float) -> Floats:
    """t in [-1.7, 1.7] -> (35,) float32 probabilities on its two nearest bins, mean exactly t."""
    place = (np.clip(log_ratio, BINS[0], BINS[-1]) - BINS[0]) / STEP
    return np.asarray(np.maximum(0, 1 - np.abs(np.arange(len(BINS)) - place)), np.float32)


def likely_log_ratio(distribution: Floats) -> float:
    """(35,) probabilities -> t half way between their mean and their median.

    The median errs least on average, in t and in both ratios, for they rise or fall with t; the
    mean errs least in squares, and tells the likelier side where the median is 0.
    """
    return (float(distribution @ BINS) + median_log_ratio(distribution)) / 2


def median_log_ratio(distribution: Floats) -> float:
    """(35,) probabilities -> their median t, each bin spread evenly over its width.

    What lies in the bin of 0 is no squish at all: its t is 0, not nearly so.
    """
    place = int(np.searchsorted(np.cumsum(distribution), 0.5))
    if place == CENTRE:
        return 0.0
    below = float(distribution[:place].sum())
    return float(BINS[place] + STEP * ((0.5 - below) / distribution[place] - 0.5))


def squish_score(logits: Floats) -> Floats:
    """(..., 35) logits -> (...) probability that t is not zero, in [0, 1]."""
    return np.asarray(1 - softmax(logits)[..., CENTRE])


def ratios(log_ratio: float) -> tuple[float, float]:
    """t -> (width_ratio, height_ratio), both in (0, 1], one of them exactly 1."""
    return float(np.exp(min(log_ratio, 0.0))), float(np.exp(min(-log_ratio, 0.0)))


def decode(logits: Floats, threshold: float, sure: float = SURE) -> Squish:
    """(35,) logits -> Squish, without evidence.

    threshold, on `squish_score`, and sure are those in the model's card. Squished is a photo whose
    score reaches the threshold, with nearly all of it on one side; not squished is one where t = 0
    has at least the probability `sure`. Anything between is unsure.
    """
    distribution = softmax(logits)
    untouched = float(distribution[CENTRE])
    side = max(float(distribution[:CENTRE].sum()), float(distribution[CENTRE + 1 :].sum()))
    squished = 1 - untouched >= threshold and side >= ONE_SIDE
    width_ratio, height_ratio = ratios(likely_log_ratio(distribution))
    return Squish(
        width_ratio=width_ratio,
        height_ratio=height_ratio,
        squished=squished,
        confidence=1 - untouched if squished else untouched,
        unsure=not squished and untouched < sure,
    )
