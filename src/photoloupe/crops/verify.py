"""Do the pixels agree? A photo of the same scene fits here and there, a crop everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.crops.align import blurred, correlation, resample
from photoloupe.crops.features import Float32
from photoloupe.crops.match import Placement
from photoloupe.views import Pixels

FLAT = 2.5  # grey levels: a block with less contrast than this says nothing
ENOUGH_BLOCKS = 4


@dataclass(frozen=True)
class Agreement:
    """Correlations (NCC, -1 to 1) of a crop with the region it is said to come from.

    whole: all pixels; blocks: mean over blocks with texture, by contrast; worst: their 10 %
    quantile; fine: detail finer than about 4 px; textured: how many blocks there were.
    """

    whole: float
    blocks: float
    worst: float
    fine: float
    textured: int

    @property
    def score(self) -> float:
        """0 to 1: the weakest of the tests, less if there was little texture to test."""
        weakest = min(self.whole, self.blocks, 0.5 + 0.5 * self.worst, 0.45 + 0.55 * self.fine)
        return max(0.0, weakest) * min(1.0, self.textured / ENOUGH_BLOCKS)


def agreement(crop: Pixels, source: Pixels, placement: Placement) -> Agreement:
    """Compare a grey crop with the source's region at an aligned placement."""
    height, width = crop.shape
    seen = blurred(resample(source, placement, width, height), 1.0)
    wanted = blurred(crop, 1.0)
    values, weights = _block_correlations(wanted, seen)
    fine = correlation(wanted - blurred(wanted, 4.0), seen - blurred(seen, 4.0))
    if not len(values):
        return Agreement(correlation(wanted, seen), 0.0, 0.0, fine, 0)
    return Agreement(
        whole=correlation(wanted, seen),
        blocks=float(np.average(values, weights=weights)),
        worst=float(np.quantile(values, 0.1)),
        fine=fine,
        textured=len(values),
    )


def _block_correlations(wanted: Float32, seen: Float32) -> tuple[Float32, Float32]:
    """NCC and contrast of every block with texture in either picture."""
    side = int(np.clip(min(wanted.shape) // 6, 12, 48))
    values, weights = [], []
    for y in range(0, wanted.shape[0] - side + 1, side):
        for x in range(0, wanted.shape[1] - side + 1, side):
            a, b = (image[y : y + side, x : x + side] for image in (wanted, seen))
            contrast = float(max(a.std(), b.std()))
            if contrast >= FLAT:
                values.append(correlation(a, b))
                weights.append(min(contrast, 25.0))
    return np.array(values, np.float32), np.array(weights, np.float32)
