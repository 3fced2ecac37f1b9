"""A crop and the region it may come from, shrunk to one scale so that pixels can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Bools, Float32, Pixels
from photoloupe.crops.placement import Placement
from photoloupe.crops.resample import shrink

MOST_PIXELS = 320 * 320  # of the crop while it is compared; more cost time and change no verdict
FEW_PIXELS = 96 * 96  # of the crop while it is only aligned roughly
MARGIN = 12  # px of source kept around the region, at the scale of the patches


@dataclass(frozen=True)
class Patches:
    """Two grey pictures of the same thing at nearly the same scale.

    crop: (h, w) float32, the crop's grey levels, 0 to 255; region: (H, W) float32, the source's
    around them. start: where `crop` lies in `region`, scales near 1. crop_xy, source_xy: pixels
    of the original pictures a pixel of these, across and down; corner: pixel (x, y) of the source
    at which `region` starts.
    """

    crop: Float32
    region: Float32
    start: Placement
    crop_xy: tuple[float, float]
    source_xy: tuple[float, float]
    corner: tuple[int, int]

    def to_original(self, placement: Placement) -> Placement:
        """A placement of `crop` in `region` as one of the original crop in the original source."""
        crop, source = ((1 / x, 1 / y) for x, y in (self.crop_xy, self.source_xy))
        return placement.regrid(crop, source).moved(*self.corner)


def make_patches(
    crop: Pixels, source: Pixels, placement: Placement, *,
    margin: float = MARGIN, most_pixels: int = MOST_PIXELS,
) -> Patches | None:  # fmt: skip
    """Shrink whichever of two (H, W) uint8 pictures is finer, so that both hold equal detail.

    margin: px of source kept around the region, at the scale of the patches; most_pixels: of the
    shrunk crop. None if a patch would be under 8 px, as when the crop lies outside the source.
    """
    factor = max(1.0, 1 / placement.scale, (crop.size / most_pixels) ** 0.5)
    small, crop_xy = shrink(crop, factor, factor)
    across, down = placement.scale_x * factor, placement.scale_y * factor
    box = placement.frame(crop.shape[1], crop.shape[0])
    lean = abs(np.sin(placement.turn)) / 2  # how far a turned frame sticks out of its box
    pad_x = margin * max(1.0, across) + lean * (box.y1 - box.y0)
    pad_y = margin * max(1.0, down) + lean * (box.x1 - box.x0)
    x0, y0 = max(0, int(box.x0 - pad_x)), max(0, int(box.y0 - pad_y))
    x1, y1 = max(0, int(box.x1 + pad_x) + 1), max(0, int(box.y1 + pad_y) + 1)
    around = source[y0:y1, x0:x1]
    if min(around.shape) < 8 or min(small.shape) < 8:
        return None
    region, source_xy = shrink(around, max(1.0, across), max(1.0, down))
    start = placement.moved(-x0, -y0).regrid(crop_xy, source_xy)
    return Patches(small, region, start, crop_xy, source_xy, (x0, y0))


def pixels_inside(patches: Patches, p: Placement) -> Bools:
    """(h, w) bool: which of the crop's pixels lie inside the region under a placement."""
    v, u = np.indices(patches.crop.shape, np.float32)
    x, y = (row[0] * u + row[1] * v + row[2] for row in p.matrix.astype(np.float32))
    height, width = patches.region.shape
    return np.asarray((x > -0.75) & (y > -0.75) & (x < width - 0.25) & (y < height - 0.25))
