"""One curve for all tones: what a crop's brightness and contrast were changed by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Bools, Float32

PARTS = 16  # of equal size, by brightness; each gives the curve one knot
MOST_SAMPLES = 5_000
REACH = 300  # grey levels beyond the outer knots that the curve goes on
FINENESS = 4  # steps a grey level of its table: finer than any noise


@dataclass(frozen=True)
class Tone:
    """Grey levels `knots` become `values`, straight lines between them and beyond."""

    knots: Float32
    values: Float32

    @property
    def change(self) -> float:
        """Mean change, in grey levels."""
        return float(np.abs(self.values - self.knots).mean())

    def apply(self, image: Float32) -> Float32:
        knots, values = self.knots, self.values
        if len(knots) < 2:
            return image + float(values[0] - knots[0])
        steps = np.diff(values) / np.diff(knots)
        ends = knots[0] - REACH, knots[-1] + REACH
        first, last = values[0] - REACH * steps[0], values[-1] + REACH * steps[-1]
        grey = np.arange(ends[0], ends[1], 1 / FINENESS, dtype=np.float32)
        table = np.interp(grey, [ends[0], *knots, ends[1]], [first, *values, last])
        place = np.rint((image - ends[0]) * FINENESS).astype(np.int32)
        return np.asarray(table.take(place, mode="clip"), np.float32)


def fit_tone(seen: Float32, wanted: Float32, inside: Bools) -> Tone:
    """The monotone curve that carries most of `seen` onto `wanted`.

    Medians of equal parts, so that what covers a few pixels does not bend it.
    """
    few = max(1, round((seen.size / MOST_SAMPLES) ** 0.5))
    kept = inside[::few, ::few]
    a, b = seen[::few, ::few][kept], wanted[::few, ::few][kept]
    each = a.size // PARTS
    if not each:
        return Tone(np.zeros(1, np.float32), np.zeros(1, np.float32))
    order = np.argsort(a)[: each * PARTS].reshape(PARTS, each)
    knots = np.median(a[order], axis=1)
    values = np.maximum.accumulate(np.median(b[order], axis=1))
    apart = np.concatenate([[True], np.diff(knots) > 0.5])
    return Tone(knots[apart].astype(np.float32), values[apart].astype(np.float32))
