"""One curve for all tones: what a crop's brightness and contrast were changed by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.views import Bools, Float32

PARTS = 16  # of equal size, by brightness; each gives the curve one knot
MOST_SAMPLES = 5_000


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
        curve = np.interp(image, knots, values)
        curve += steps[0] * np.minimum(image - knots[0], 0)
        curve += steps[-1] * np.maximum(image - knots[-1], 0)
        return curve.astype(np.float32)


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
