"""One curve for all grey levels: how a crop's brightness and contrast were changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Bools, Float32

KNOTS = 16  # of the curve: one for each sixteenth of the pixels, by brightness
MOST_SAMPLES = 5_000
REACH = 300  # grey levels beyond the outer knots that the curve goes on
FINENESS = 4  # steps a grey level of its table: finer than any noise


@dataclass(frozen=True)
class Tone:
    """A monotone curve: grey levels `knots` become `values`, straight lines between and beyond.

    knots, values: (K,) float32, 1 to 16 of them, rising.
    """

    knots: Float32
    values: Float32

    @property
    def change(self) -> float:
        """Mean absolute change over the knots, in grey levels."""
        return float(np.abs(self.values - self.knots).mean())

    def apply(self, image: Float32) -> Float32:
        """Map the grey levels of an array of any shape."""
        knots, values = self.knots, self.values
        if len(knots) < 2:
            return image + float(values[0] - knots[0])
        steps = np.diff(values) / np.diff(knots)
        ends = knots[0] - REACH, knots[-1] + REACH
        first, last = values[0] - REACH * steps[0], values[-1] + REACH * steps[-1]
        grey = np.arange(ends[0], ends[1], 1 / FINENESS, dtype=np.float32)
        table = np.interp(grey, [ends[0], *knots, ends[1]], [first, *values, last])
        index = np.rint((image - ends[0]) * FINENESS).astype(np.int32)
        return np.asarray(table.take(index, mode="clip"), np.float32)


def fit_tone(region: Float32, crop: Float32, inside: Bools) -> Tone:
    """The monotone curve that carries most grey levels of `region` onto those of `crop`.

    All (h, w); inside: the pixels that count. Medians of equal groups of pixels, so that what
    covers a few of them does not bend the curve. Without 16 pixels it changes nothing.
    """
    few = max(1, round((region.size / MOST_SAMPLES) ** 0.5))
    kept = inside[::few, ::few]
    a, b = region[::few, ::few][kept], crop[::few, ::few][kept]
    each = a.size // KNOTS
    if not each:
        return Tone(np.zeros(1, np.float32), np.zeros(1, np.float32))
    order = np.argsort(a)[: each * KNOTS].reshape(KNOTS, each)
    knots = np.median(a[order], axis=1)
    values = np.maximum.accumulate(np.median(b[order], axis=1))
    apart = np.concatenate([[True], np.diff(knots) > 0.5])
    return Tone(knots[apart].astype(np.float32), values[apart].astype(np.float32))
