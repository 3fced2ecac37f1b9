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
# Grey levels that a true crop may leave unexplained: compression at quality 30 leaves up to 5.
# Repeated structure, such as blinds, correlates at 0.96 with its neighbour but leaves 15.
FINE_RESIDUAL, WRONG_RESIDUAL = 6.0, 14.0


@dataclass(frozen=True)
class Agreement:
    """Correlations (NCC, -1 to 1) of a crop with the region it is said to come from.

    whole: all pixels; blocks: mean over blocks with texture, by contrast; worst: their 10 %
    quantile; fine: detail finer than about 4 px; textured: how many blocks there were;
    residual: grey levels that a block's best gain and offset leave unexplained, mean over blocks.
    """

    whole: float
    blocks: float
    worst: float
    fine: float
    textured: int
    residual: float

    @property
    def score(self) -> float:
        """0 to 1: the weakest of the tests, less if there was little texture to test."""
        weakest = min(self.whole, self.blocks, 0.5 + 0.5 * self.worst, 0.45 + 0.55 * self.fine)
        enough = min(1.0, self.textured / ENOUGH_BLOCKS)
        unexplained = (self.residual - FINE_RESIDUAL) / (WRONG_RESIDUAL - FINE_RESIDUAL)
        return max(0.0, weakest) * enough * (1 - min(1.0, max(0.0, unexplained)))


def agreement(crop: Pixels, source: Pixels, placement: Placement) -> Agreement:
    """Compare a grey crop with the source's region at an aligned placement."""
    height, width = crop.shape
    seen = blurred(resample(source, placement, width, height), 1.0)
    wanted = blurred(crop, 1.0)
    values, contrasts, residuals = _blocks(wanted, seen)
    fine = correlation(wanted - blurred(wanted, 4.0), seen - blurred(seen, 4.0))
    if not len(values):
        return Agreement(correlation(wanted, seen), 0.0, 0.0, fine, 0, 0.0)
    return Agreement(
        whole=correlation(wanted, seen),
        blocks=float(np.average(values, weights=np.minimum(contrasts, 25))),
        worst=float(np.quantile(values, 0.1)),
        fine=fine,
        textured=len(values),
        residual=float(residuals.mean()),
    )


def _blocks(wanted: Float32, seen: Float32) -> tuple[Float32, Float32, Float32]:
    """NCC, contrast and residual (grey levels) of every block with texture in either picture."""
    side = int(np.clip(min(wanted.shape) // 6, 12, 48))
    found = []
    for y in range(0, wanted.shape[0] - side + 1, side):
        for x in range(0, wanted.shape[1] - side + 1, side):
            a, b = (image[y : y + side, x : x + side] for image in (wanted, seen))
            contrast = float(max(a.std(), b.std()))
            if contrast >= FLAT:
                ncc = correlation(a, b)
                found.append((ncc, contrast, float(a.std()) * max(0.0, 1 - ncc * ncc) ** 0.5))
    values, contrasts, residuals = np.array(found, np.float32).reshape(-1, 3).T
    return values, contrasts, residuals
