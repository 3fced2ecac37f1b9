"""Two pictures of the same thing at the same scale: a crop, and the region it may come from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Bools, Float32, Pixels
from photoloupe.crops.placement import Placement

MOST_PIXELS = 320 * 320  # of the crop while it is looked at; more cost time and change no verdict
FEW_PIXELS = 96 * 96  # of the crop while it is only found
MARGIN = 12  # px of source kept around the region, at the scale of the look


@dataclass(frozen=True)
class Look:
    """wanted: the crop's grey values, (h, w) float32; region: the source's around them, (H, W).

    start: where `wanted` lies in `region`, scales near 1. crop_xy, source_xy: pixels of the
    original pictures a pixel of these; corner: where `region` starts in the source, in its pixels.
    """

    wanted: Float32
    region: Float32
    start: Placement
    crop_xy: tuple[float, float]
    source_xy: tuple[float, float]
    corner: tuple[int, int]

    def settle(self, placement: Placement) -> Placement:
        """A placement of `wanted` in `region` as one of the crop in the source."""
        crop, source = ((1 / x, 1 / y) for x, y in (self.crop_xy, self.source_xy))
        return placement.regrid(crop, source).moved(*self.corner)


def make_look(
    crop: Pixels, source: Pixels, placement: Placement, *,
    margin: float = MARGIN, most_pixels: int = MOST_PIXELS,
) -> Look | None:  # fmt: skip
    """Shrink whichever is finer, so that neither holds detail that the other cannot.

    None if hardly anything of the crop would lie inside the source.
    """
    shrink = max(1.0, 1 / placement.scale, (crop.size / most_pixels) ** 0.5)
    wanted, crop_xy = shrunk(crop, shrink, shrink)
    across, down = placement.scale_x * shrink, placement.scale_y * shrink
    box = placement.frame(crop.shape[1], crop.shape[0])
    lean = abs(np.sin(placement.turn)) / 2  # how far a turned frame sticks out of its box
    pad_x = margin * max(1.0, across) + lean * (box.y1 - box.y0)
    pad_y = margin * max(1.0, down) + lean * (box.x1 - box.x0)
    x0, y0 = max(0, int(box.x0 - pad_x)), max(0, int(box.y0 - pad_y))
    x1, y1 = max(0, int(box.x1 + pad_x) + 1), max(0, int(box.y1 + pad_y) + 1)
    part = source[y0:y1, x0:x1]
    if min(part.shape) < 8 or min(wanted.shape) < 8:
        return None
    region, source_xy = shrunk(part, max(1.0, across), max(1.0, down))
    start = placement.moved(-x0, -y0).regrid(crop_xy, source_xy)
    return Look(wanted, region, start, crop_xy, source_xy, (x0, y0))


def shrunk(grey: Pixels, x: float, y: float) -> tuple[Float32, tuple[float, float]]:
    """float32, and by what both sides were really divided: sizes are whole numbers."""
    part, half = halved(grey, min(x, y))
    height, width = part.shape
    size_wh = max(8, round(width * half / x)), max(8, round(height * half / y))
    if size_wh[0] < width or size_wh[1] < height:
        part = np.asarray(cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return part.astype(np.float32), (width * half / part.shape[1], height * half / part.shape[0])


def halved(grey: Pixels, shrink: float) -> tuple[Pixels, int]:
    """Shrunk by the largest power of two up to `shrink`, and that power.

    Odd last rows and columns go: halving even sides is ten times as fast as any other factor.
    """
    factor = 1
    while 2 * factor <= shrink and min(grey.shape) >= 32:
        height, width = (side // 2 * 2 for side in grey.shape)
        size_wh = (width // 2, height // 2)
        even = grey[:height, :width]
        grey = np.asarray(cv2.resize(even, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
        factor *= 2
    return grey, factor


def resample(image: Float32, placement: Placement, shape_hw: tuple[int, ...]) -> Float32:
    """The part of `image` under a placement, as a picture of that shape; edges repeat outside."""
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size_wh = (shape_hw[1], shape_hw[0])
    warped = cv2.warpAffine(
        image, placement.matrix, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.float32)


def pixels_inside(look: Look, p: Placement) -> Bools:
    """(h, w): which of the crop's pixels the region really shows."""
    v, u = np.indices(look.wanted.shape, np.float32)
    x, y = (row[0] * u + row[1] * v + row[2] for row in p.matrix.astype(np.float32))
    height, width = look.region.shape
    return np.asarray((x > -0.75) & (y > -0.75) & (x < width - 0.25) & (y < height - 0.25))


def blurred(image: Float32, sigma: float) -> Float32:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def correlation(a: Float32, b: Float32) -> float:
    """Normalised cross-correlation (NCC) of two arrays, -1 to 1; 0 if one of them is flat."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 1e-3 else 0.0
