"""Settle a placement on the pixels: scale and shift to a few hundredths of a pixel."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from photoloupe.crops.features import Float32
from photoloupe.crops.match import Placement
from photoloupe.views import Pixels

ROUNDS = 12
MOST_SAMPLES = 256 * 256  # pixels that enter the fit; more gain nothing
EDGE = 3  # px of the crop's rim left out: there its blur lacks neighbours that the source has
MARGIN = 12  # px of source kept around the crop


def blurred(grey: Pixels | Float32, sigma: float) -> Float32:
    """Gaussian blur in float32; sigma under 0.2 px changes nothing."""
    image = grey.astype(np.float32)
    return image if sigma < 0.2 else np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def shrink_blur(scale: float) -> float:
    """Sigma, in source pixels, that removes what a crop shrunk by `scale` cannot hold."""
    return 0.45 * float(np.sqrt(max(scale * scale - 1, 0)))


def resample(source: Pixels, placement: Placement, width: int, height: int) -> Float32:
    """The source's region as the crop shows it: (height, width) float32."""
    image = blurred(source, shrink_blur(placement.scale))
    matrix = np.array([[placement.scale_x, 0, placement.x], [0, placement.scale_y, placement.y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.float32)


def cut_region(
    source: Pixels, placement: Placement, width: int, height: int
) -> tuple[Pixels, Placement]:
    """The part of the source around the crop, and the placement within it."""
    pad = MARGIN * max(1.0, placement.scale)
    x0 = max(0, int(placement.x - pad))
    y0 = max(0, int(placement.y - pad))
    x1 = max(0, int(placement.x + placement.scale_x * width + pad) + 1)
    y1 = max(0, int(placement.y + placement.scale_y * height + pad) + 1)
    return source[y0:y1, x0:x1], replace(placement, x=placement.x - x0, y=placement.y - y0)


def align(crop: Pixels, source: Pixels, placement: Placement) -> Placement:
    """Gauss-Newton on both scales, x and y, so that the crop's grey values fit those of the source.

    Brightness and contrast may differ (the crop is modelled as gain * source + offset), and
    pixels that fit badly weigh little. Returns the placement with the best correlation met.
    """
    region, start = cut_region(source, placement, crop.shape[1], crop.shape[0])
    if min(region.shape) < 8:
        return placement
    # Both a little blurred: a smooth surface has slopes that lead to the minimum.
    soft = blurred(region, float(np.hypot(shrink_blur(start.scale), 0.8 * max(1.0, start.scale))))
    step = max(1, round((crop.size / MOST_SAMPLES) ** 0.5))
    target = blurred(crop, 0.8)[EDGE:-EDGE:step, EDGE:-EDGE:step]
    v, u = (axis.astype(np.float32) * step + EDGE for axis in np.indices(target.shape))
    slope_x = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    here, best, best_ncc = start, start, -1.0
    for _ in range(ROUNDS):
        x, y = here.scale_x * u + here.x, here.scale_y * v + here.y
        inside = (x >= 0) & (y >= 0) & (x <= region.shape[1] - 1) & (y <= region.shape[0] - 1)
        if inside.sum() < 64:
            break
        seen, dx, dy = (
            cv2.remap(image, x, y, cv2.INTER_LINEAR)[inside] for image in (soft, slope_x, slope_y)
        )
        wanted = target[inside]
        gain = wanted.std() / (seen.std() + 1e-6)
        rest = (wanted - wanted.mean()) - gain * (seen - seen.mean())
        ncc = correlation(wanted, seen)
        if ncc > best_ncc:
            best, best_ncc = here, ncc
        weight = 1 / (1 + (rest / (3 * np.median(np.abs(rest)) + 0.5)) ** 2)
        jacobian = gain * np.stack([dx * u[inside], dy * v[inside], dx, dy], 1)
        weighted = jacobian * weight[:, None]
        change = np.linalg.lstsq(weighted.T @ jacobian, weighted.T @ rest, rcond=1e-9)[0]
        if np.abs(change[2:]).max() > MARGIN:
            break
        here = Placement(
            *(np.array([here.scale_x, here.scale_y, here.x, here.y]) + change).tolist()
        )
        moved = np.abs(change * (crop.shape[1], crop.shape[0], 1, 1)).max()
        if min(here.scale_x, here.scale_y) < 0.02 or moved < 0.005:
            break
    return replace(best, x=best.x + placement.x - start.x, y=best.y + placement.y - start.y)


def correlation(a: Float32, b: Float32) -> float:
    """Normalised cross-correlation (NCC) of two arrays, -1 to 1; 0 if one of them is flat."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 1e-3 else 0.0
